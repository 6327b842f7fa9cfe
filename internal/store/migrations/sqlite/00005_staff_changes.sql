-- +goose Up
alter table sites add column staff_changes bigint not null default 0;

-- +goose Down
alter table sites drop column staff_changes;
