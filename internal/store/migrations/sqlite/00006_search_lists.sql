-- +goose Up
create table search_lists (
    site_id  bigint not null,
    term     text   not null,
    low_id   bigint not null,
    postings blob   not null,
    primary key (site_id, term, low_id)
) without rowid;

-- +goose Down
drop table search_lists;
