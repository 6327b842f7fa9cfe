-- +goose Up
create index jobs_dead on jobs (site_id, kind) where state = 'dead';

-- +goose Down
drop index jobs_dead;
