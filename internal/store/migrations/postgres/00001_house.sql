-- +goose Up
-- Every table begins with site_id and every key includes it; times are
-- microseconds since 1970 UTC, 0 meaning never or unknown.
create table sites (
    site_id    bigint not null primary key,
    slug       text   not null,
    name       text   not null,
    settings   text   not null,
    created_at bigint not null
);

create table stories (
    site_id      bigint  not null references sites (site_id),
    story_id     bigint  not null,
    external_id  text    not null default '',
    url          text    not null default '',
    headline     text    not null,
    lede         text    not null default '',
    byline       text    not null default '',
    section      text    not null default '',
    lang         text    not null default '',
    body         text    not null default '',
    body_html    text    not null default '',
    picture      text    not null default '',
    picture_alt  text    not null default '',
    caption      text    not null default '',
    credit       text    not null default '',
    published_at bigint  not null default 0,
    created_at   bigint  not null,
    updated_at   bigint  not null,
    state        text    not null check (state in ('open', 'read-only', 'closed')),
    state_reason text    not null default '',
    listed       boolean not null,
    revision     bigint  not null default 1,
    comments     bigint  not null default 0,
    held         bigint  not null default 0,
    primary key (site_id, story_id)
);
create unique index stories_external on stories (site_id, external_id) where external_id <> '';
create index stories_front on stories (site_id, published_at, story_id) where listed;
create index stories_section on stories (site_id, section, published_at, story_id) where listed;

create table story_aliases (
    site_id  bigint not null,
    url_key  text collate "C" not null,
    story_id bigint not null,
    primary key (site_id, url_key),
    foreign key (site_id, story_id) references stories (site_id, story_id)
);

create table pictures (
    site_id    bigint not null references sites (site_id),
    picture_id text collate "C" not null,
    type       text   not null,
    width      bigint not null,
    height     bigint not null,
    bytes      bytea  not null,
    primary key (site_id, picture_id)
);

create table accounts (
    site_id    bigint not null references sites (site_id),
    account_id bigint not null,
    role       text   not null,
    name       text   not null default '',
    skeleton   text collate "C" not null default '',
    author_key text   not null,
    created_at bigint not null,
    accepted   bigint not null default 0,
    rejected   bigint not null default 0,
    primary key (site_id, account_id)
);
create unique index accounts_skeleton on accounts (site_id, skeleton) where skeleton <> '';

create table pseudonyms (
    site_id    bigint not null,
    story_id   bigint not null,
    account_id bigint not null,
    name       text   not null,
    skeleton   text collate "C" not null,
    author_key text   not null,
    primary key (site_id, story_id, account_id),
    unique (site_id, story_id, skeleton),
    foreign key (site_id, story_id) references stories (site_id, story_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);

create table sessions (
    site_id    bigint not null,
    token_hash text collate "C" not null,
    account_id bigint not null,
    kind       text   not null,
    created_at bigint not null,
    expires_at bigint not null,
    primary key (site_id, token_hash),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index sessions_expiry on sessions (site_id, expires_at);

create table one_time_links (
    site_id    bigint not null references sites (site_id),
    token_hash text collate "C" not null,
    role       text   not null,
    expires_at bigint not null,
    used_at    bigint not null default 0,
    primary key (site_id, token_hash)
);

create table api_keys (
    site_id    bigint not null references sites (site_id),
    key_hash   text collate "C" not null,
    label      text   not null,
    created_at bigint not null,
    primary key (site_id, key_hash)
);

create table comments (
    site_id      bigint  not null,
    comment_id   bigint  not null,
    story_id     bigint  not null,
    parent_id    bigint  not null default 0,
    root_id      bigint  not null,
    path         text collate "C" not null default '',
    depth        bigint  not null default 0,
    account_id   bigint  not null,
    byline_kind  text    not null,
    byline_name  text    not null default '',
    author_key   text    not null,
    source       text    not null,
    html         text    not null,
    html_version bigint  not null,
    state        text    not null check (state in ('held', 'published', 'rejected', 'withdrawn')),
    created_at   bigint  not null,
    edited_at    bigint  not null default 0,
    published_at bigint  not null default 0,
    guessed      boolean not null default false,
    parent_name  text    not null default '',
    import_id    text    not null default '',
    reply_seq    bigint  not null default 0,
    replies      bigint  not null default 0,
    descendants  bigint  not null default 0,
    up           bigint  not null default 0,
    down         bigint  not null default 0,
    reports      bigint  not null default 0,
    shown_up     bigint  not null default 0,
    shown_down   bigint  not null default 0,
    score        double precision not null default 0,
    score_due    boolean not null default false,
    visible      boolean not null generated always as (state = 'published' or descendants > 0) stored,
    primary key (site_id, comment_id),
    foreign key (site_id, story_id) references stories (site_id, story_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index comments_roots_time on comments (site_id, story_id, comment_id) where parent_id = 0 and visible;
create index comments_roots_score on comments (site_id, story_id, score, comment_id) where parent_id = 0 and visible;
create index comments_flat on comments (site_id, story_id, comment_id) where visible;
create index comments_branch on comments (site_id, root_id, path) where visible;
create index comments_place on comments (site_id, path, root_id);
create index comments_author on comments (site_id, account_id, comment_id);
create index comments_held on comments (site_id, comment_id) where state = 'held';
create index comments_reported on comments (site_id, comment_id) where reports > 0 and state = 'published';
create index comments_score_due on comments (site_id, comment_id) where score_due;
create unique index comments_import on comments (site_id, story_id, import_id) where import_id <> '';

create table comment_editions (
    site_id    bigint not null,
    comment_id bigint not null,
    edition    bigint not null,
    source     text   not null,
    html       text   not null,
    written_at bigint not null,
    primary key (site_id, comment_id, edition),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);

create table votes (
    site_id    bigint not null,
    comment_id bigint not null,
    account_id bigint not null,
    value      bigint not null check (value in (-1, 1)),
    created_at bigint not null,
    primary key (site_id, comment_id, account_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index votes_account on votes (site_id, account_id, comment_id);

create table reports (
    site_id     bigint not null,
    report_id   bigint not null,
    comment_id  bigint not null,
    account_id  bigint not null,
    reason      text   not null,
    words       text   not null default '',
    created_at  bigint not null,
    resolved_at bigint not null default 0,
    primary key (site_id, report_id),
    unique (site_id, comment_id, account_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index reports_account on reports (site_id, account_id, created_at);

create table decisions (
    site_id     bigint  not null,
    decision_id bigint  not null,
    comment_id  bigint  not null,
    account_id  bigint  not null,
    actor_id    bigint  not null default 0,
    verb        text    not null,
    reason      text    not null default '',
    note        text    not null default '',
    from_state  text    not null,
    to_state    text    not null,
    automated   boolean not null default false,
    created_at  bigint  not null,
    primary key (site_id, decision_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);
create index decisions_people on decisions (site_id, decision_id) where not automated;
create index decisions_comment on decisions (site_id, comment_id, decision_id);

create table search_terms (
    site_id    bigint not null,
    term       text collate "C" not null,
    comment_id bigint not null,
    story_id   bigint not null,
    primary key (site_id, term, comment_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);
create index search_terms_story on search_terms (site_id, story_id, term, comment_id);
create index search_terms_comment on search_terms (site_id, comment_id);

create table idempotency_keys (
    site_id    bigint not null references sites (site_id),
    key        text collate "C" not null,
    digest     text   not null,
    result     bigint not null default 0,
    created_at bigint not null,
    primary key (site_id, key)
);
create index idempotency_keys_age on idempotency_keys (site_id, created_at);

-- +goose Down
drop table idempotency_keys;
drop table search_terms;
drop table decisions;
drop table reports;
drop table votes;
drop table comment_editions;
drop table comments;
drop table api_keys;
drop table one_time_links;
drop table sessions;
drop table pseudonyms;
drop table accounts;
drop table pictures;
drop table story_aliases;
drop table stories;
drop table sites;
