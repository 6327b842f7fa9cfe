-- +goose Up
create table search_due (
    site_id    bigint not null,
    comment_id bigint not null,
    story_id   bigint not null,
    primary key (site_id, comment_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);

-- +goose Down
drop table search_due;
