-- +goose Up
create table search_lists (
    site_id  bigint not null,
    term     text   collate "C" not null,
    low_id   bigint not null,
    postings bytea  not null,
    primary key (site_id, term, low_id)
);

-- +goose Down
drop table search_lists;
