-- +goose Up
-- People and moderation: who may do what, how people sign in, what the desk
-- decides and why, and the log of it all.
alter table accounts add column sections text not null default '';
alter table accounts add column profile_public boolean not null default true;
alter table accounts add column rules_seen_at bigint not null default 0;
alter table accounts add column mail text not null default '{}';
alter table accounts add column reports_upheld bigint not null default 0;
alter table accounts add column reports_dismissed bigint not null default 0;
alter table accounts add column merged_into bigint not null default 0;
alter table accounts add column erased_at bigint not null default 0;
alter table accounts add column break_at bigint not null default 0;
update accounts set role = 'admin' where role = 'owner';
update one_time_links set role = 'admin' where role = 'owner';
create index accounts_staff on accounts (site_id, role, account_id) where role not in ('guest', 'reader', 'trusted', 'archived');
create index accounts_author on accounts (site_id, author_key);

alter table sessions add column session_id bigint not null default 0;
alter table sessions add column strong_until bigint not null default 0;
alter table sessions add column device text not null default '';
alter table sessions add column seen_at bigint not null default 0;
create index sessions_account on sessions (site_id, account_id, session_id);

alter table one_time_links add column sections text not null default '';
alter table one_time_links add column made_by bigint not null default 0;
alter table one_time_links add column link_id bigint not null default 0;
alter table one_time_links add column made_at bigint not null default 0;
alter table one_time_links add column proposal_id bigint not null default 0;

create table credentials (
    site_id       bigint not null,
    credential_id bigint not null,
    account_id    bigint not null,
    kind          text   not null check (kind in ('email', 'passkey', 'oidc', 'sso', 'recovery')),
    issuer        text collate "C" not null default '',
    subject       text collate "C" not null,
    data          text   not null default '',
    label         text   not null default '',
    created_at    bigint not null,
    used_at       bigint not null default 0,
    primary key (site_id, credential_id),
    unique (site_id, kind, issuer, subject),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index credentials_account on credentials (site_id, account_id, credential_id);

create table sign_in_attempts (
    site_id     bigint not null references sites (site_id),
    token_hash  text collate "C" not null,
    kind        text   not null,
    target      text collate "C" not null default '',
    account_id  bigint not null default 0,
    secret_hash text   not null default '',
    state       text   not null default '',
    network     text   not null default '',
    tries       bigint not null default 0,
    created_at  bigint not null,
    expires_at  bigint not null,
    used_at     bigint not null default 0,
    primary key (site_id, token_hash)
);
create index sign_in_attempts_target on sign_in_attempts (site_id, kind, target, created_at);
create index sign_in_attempts_network on sign_in_attempts (site_id, network, created_at);
create index sign_in_attempts_expiry on sign_in_attempts (site_id, expires_at);

create table used_tokens (
    site_id    bigint not null references sites (site_id),
    token_hash text collate "C" not null,
    expires_at bigint not null,
    primary key (site_id, token_hash)
);
create index used_tokens_expiry on used_tokens (site_id, expires_at);

create table barred (
    site_id     bigint not null references sites (site_id),
    digest      text collate "C" not null,
    decision_id bigint not null,
    primary key (site_id, digest)
);

create table account_mutes (
    site_id    bigint not null,
    account_id bigint not null,
    author_key text collate "C" not null,
    created_at bigint not null,
    primary key (site_id, account_id, author_key),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);

create table account_networks (
    site_id    bigint not null,
    network    text collate "C" not null,
    account_id bigint not null,
    seen_at    bigint not null,
    primary key (site_id, network, account_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index account_networks_account on account_networks (site_id, account_id);
create index account_networks_age on account_networks (site_id, seen_at);

create table author_notes (
    site_id    bigint not null,
    note_id    bigint not null,
    account_id bigint not null,
    actor_id   bigint not null,
    words      text   not null,
    created_at bigint not null,
    primary key (site_id, note_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index author_notes_account on author_notes (site_id, account_id, note_id);

create table proposals (
    site_id     bigint not null references sites (site_id),
    proposal_id bigint not null,
    kind        text   not null,
    subject     text   not null default '',
    payload     text   not null,
    words       text   not null default '',
    made_by     bigint not null,
    made_at     bigint not null,
    expires_at  bigint not null,
    decided_by  bigint not null default 0,
    decided_at  bigint not null default 0,
    outcome     text   not null default '' check (outcome in ('', 'approved', 'refused', 'expired')),
    primary key (site_id, proposal_id)
);
create index proposals_open on proposals (site_id, proposal_id) where decided_at = 0;

create table erasures (
    site_id    bigint not null references sites (site_id),
    account_id bigint not null,
    comments   text   not null check (comments in ('delete', 'anonymise')),
    asked_at   bigint not null,
    done_at    bigint not null default 0,
    primary key (site_id, account_id)
);

alter table comments add column reviewed boolean not null default false;
alter table comments add column featured_at bigint not null default 0;
alter table comments add column held_for text not null default '';
alter table comments add column simhash bigint not null default 0;
alter table comments add column lang text not null default '';
create index comments_unseen on comments (site_id, comment_id) where state = 'published' and not reviewed;
create index comments_rejected on comments (site_id, comment_id) where state = 'rejected';
create index comments_story on comments (site_id, story_id, state, comment_id);
create index comments_featured on comments (site_id, story_id, featured_at, comment_id) where featured_at > 0;

create table comment_bands (
    site_id    bigint not null,
    band       bigint not null,
    comment_id bigint not null,
    simhash    bigint not null,
    primary key (site_id, band, comment_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);
create index comment_bands_comment on comment_bands (site_id, comment_id);

create table comment_hosts (
    site_id    bigint not null,
    host       text collate "C" not null,
    comment_id bigint not null,
    primary key (site_id, host, comment_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);
create index comment_hosts_comment on comment_hosts (site_id, comment_id);

create table claims (
    site_id    bigint not null,
    comment_id bigint not null,
    account_id bigint not null,
    until_at   bigint not null,
    primary key (site_id, comment_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);

alter table stories add column controls text not null default '{}';
alter table stories add column controls_due boolean not null default false;
create index stories_controls on stories (site_id, story_id) where controls_due;

create table rules (
    site_id    bigint not null references sites (site_id),
    rule_id    bigint not null,
    name       text   not null,
    version    bigint not null,
    stage      text   not null check (stage in ('off', 'shadow', 'on')),
    created_at bigint not null,
    updated_at bigint not null,
    primary key (site_id, rule_id)
);

create table rule_versions (
    site_id    bigint not null,
    rule_id    bigint not null,
    version    bigint not null,
    definition text   not null,
    made_by    bigint not null,
    made_at    bigint not null,
    primary key (site_id, rule_id, version),
    foreign key (site_id, rule_id) references rules (site_id, rule_id)
);

create table verdicts (
    site_id    bigint  not null,
    verdict_id bigint  not null,
    comment_id bigint  not null,
    rule_id    bigint  not null,
    version    bigint  not null,
    stage      text    not null,
    effect     text    not null,
    acted      boolean not null,
    why        text    not null default '{}',
    created_at bigint  not null,
    primary key (site_id, verdict_id),
    foreign key (site_id, comment_id) references comments (site_id, comment_id)
);
create index verdicts_comment on verdicts (site_id, comment_id, verdict_id);
create index verdicts_rule on verdicts (site_id, rule_id, verdict_id);

create table rehearsals (
    site_id      bigint not null,
    rehearsal_id bigint not null,
    rule_id      bigint not null,
    version      bigint not null,
    days         bigint not null,
    result       text   not null default '{}',
    created_at   bigint not null,
    primary key (site_id, rehearsal_id),
    foreign key (site_id, rule_id) references rules (site_id, rule_id)
);
create index rehearsals_rule on rehearsals (site_id, rule_id, rehearsal_id);

create table decisions_all (
    site_id      bigint  not null references sites (site_id),
    decision_id  bigint  not null,
    comment_id   bigint  not null default 0,
    story_id     bigint  not null default 0,
    account_id   bigint  not null default 0,
    actor_id     bigint  not null default 0,
    actor_role   text    not null default '',
    verb         text    not null,
    reason       text    not null default '',
    note         text    not null default '',
    from_state   text    not null default '',
    to_state     text    not null default '',
    automated    boolean not null default false,
    rule_id      bigint  not null default 0,
    rule_version bigint  not null default 0,
    source       text    not null default '',
    undoes_id    bigint  not null default 0,
    job_id       bigint  not null default 0,
    until_at     bigint  not null default 0,
    scope        text    not null default '',
    waited       bigint  not null default 0,
    created_at   bigint  not null,
    primary key (site_id, decision_id)
);
insert into decisions_all (site_id, decision_id, comment_id, account_id, actor_id, verb, reason, note, from_state, to_state, automated, created_at)
    select site_id, decision_id, comment_id, account_id, actor_id, verb, reason, note, from_state, to_state, automated, created_at from decisions;
drop table decisions;
alter table decisions_all rename to decisions;
create index decisions_people on decisions (site_id, decision_id) where not automated;
create index decisions_comment on decisions (site_id, comment_id, decision_id) where comment_id <> 0;
create index decisions_story on decisions (site_id, story_id, decision_id) where comment_id = 0 and story_id <> 0;
create index decisions_account on decisions (site_id, account_id, decision_id) where account_id <> 0;
create index decisions_actor on decisions (site_id, actor_id, decision_id) where actor_id <> 0;
create index decisions_rule on decisions (site_id, rule_id, decision_id) where rule_id <> 0;
create index decisions_verb on decisions (site_id, verb, comment_id) where comment_id <> 0;
create index decisions_job on decisions (site_id, job_id, decision_id) where job_id <> 0;
create unique index decisions_undone on decisions (site_id, undoes_id) where undoes_id <> 0;

create table sanctions (
    site_id         bigint not null,
    decision_id     bigint not null,
    account_id      bigint not null,
    kind            text   not null check (kind in ('warn', 'always-hold', 'suspend', 'ban')),
    until_at        bigint not null default 0,
    created_at      bigint not null,
    acknowledged_at bigint not null default 0,
    ended_at        bigint not null default 0,
    primary key (site_id, decision_id),
    foreign key (site_id, decision_id) references decisions (site_id, decision_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index sanctions_account on sanctions (site_id, account_id, decision_id);

create table appeals (
    site_id     bigint not null,
    appeal_id   bigint not null,
    decision_id bigint not null,
    account_id  bigint not null,
    words       text   not null,
    created_at  bigint not null,
    decided_by  bigint not null default 0,
    decided_at  bigint not null default 0,
    outcome     text   not null default '' check (outcome in ('', 'upheld', 'reversed')),
    answer      text   not null default '',
    primary key (site_id, appeal_id),
    unique (site_id, decision_id),
    foreign key (site_id, decision_id) references decisions (site_id, decision_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index appeals_open on appeals (site_id, appeal_id) where decided_at = 0;

alter table reports add column network text not null default '';
alter table reports add column outcome text not null default '';
alter table reports add column decision_id bigint not null default 0;
alter table reports add column counted boolean not null default true;
create index reports_network on reports (site_id, comment_id, network) where network <> '';
create index reports_age on reports (site_id, created_at) where network <> '';

create table notices (
    site_id     bigint not null references sites (site_id),
    notice_id   bigint not null,
    receipt     text collate "C" not null,
    comment_id  bigint not null default 0,
    url         text   not null,
    kind        text   not null,
    explanation text   not null,
    law         text   not null default '',
    name        text   not null default '',
    email       text   not null default '',
    good_faith  boolean not null,
    locale      text   not null default '',
    network     text   not null default '',
    created_at  bigint not null,
    decided_by  bigint not null default 0,
    decided_at  bigint not null default 0,
    decision_id bigint not null default 0,
    outcome     text   not null default '' check (outcome in ('', 'removed', 'kept', 'gone')),
    answer      text   not null default '',
    primary key (site_id, notice_id),
    unique (site_id, receipt)
);
create index notices_open on notices (site_id, notice_id) where decided_at = 0;
create index notices_comment on notices (site_id, comment_id) where comment_id <> 0;
create index notices_network on notices (site_id, network, created_at) where network <> '';

create table notifications (
    site_id         bigint not null,
    notification_id bigint not null,
    account_id      bigint not null,
    kind            text   not null,
    story_id        bigint not null default 0,
    comment_id      bigint not null default 0,
    other_id        bigint not null default 0,
    decision_id     bigint not null default 0,
    created_at      bigint not null,
    seen_at         bigint not null default 0,
    mailed_at       bigint not null default 0,
    primary key (site_id, notification_id),
    foreign key (site_id, account_id) references accounts (site_id, account_id)
);
create index notifications_account on notifications (site_id, account_id, notification_id);
create index notifications_unseen on notifications (site_id, account_id) where seen_at = 0;

create table endpoints (
    site_id     bigint not null references sites (site_id),
    endpoint_id bigint not null,
    kind        text   not null check (kind in ('webhook', 'email')),
    target      text   not null,
    secret      text   not null default '',
    old_secret  text   not null default '',
    events      text   not null,
    created_at  bigint not null,
    rotated_at  bigint not null default 0,
    failing_at  bigint not null default 0,
    failures    bigint not null default 0,
    retry_at    bigint not null default 0,
    told_at     bigint not null default 0,
    disabled_at bigint not null default 0,
    primary key (site_id, endpoint_id)
);

create table deliveries (
    site_id     bigint not null,
    delivery_id bigint not null,
    endpoint_id bigint not null,
    event       text   not null,
    body        text   not null,
    created_at  bigint not null,
    tries       bigint not null default 0,
    status      bigint not null default 0,
    answer      text   not null default '',
    done_at     bigint not null default 0,
    primary key (site_id, delivery_id),
    foreign key (site_id, endpoint_id) references endpoints (site_id, endpoint_id)
);
create index deliveries_endpoint on deliveries (site_id, endpoint_id, delivery_id);
create index deliveries_open on deliveries (site_id, endpoint_id, delivery_id) where done_at = 0;

create table mails_sent (
    site_id    bigint not null references sites (site_id),
    address    text collate "C" not null,
    mail_id    bigint not null,
    kind       text   not null,
    created_at bigint not null,
    primary key (site_id, address, mail_id)
);
create index mails_sent_age on mails_sent (site_id, created_at);

create table jobs (
    site_id     bigint not null references sites (site_id),
    job_id      bigint not null,
    kind        text collate "C" not null,
    payload     text   not null default '{}',
    made_by     bigint not null default 0,
    created_at  bigint not null,
    due_at      bigint not null,
    leased_till bigint not null default 0,
    lease       text   not null default '',
    tries       bigint not null default 0,
    state       text   not null check (state in ('waiting', 'paused', 'done', 'dead', 'cancelled')),
    progress    bigint not null default 0,
    total       bigint not null default 0,
    cursor_at   text   not null default '',
    error       text   not null default '',
    ended_at    bigint not null default 0,
    primary key (site_id, job_id)
);
create index jobs_due on jobs (site_id, due_at, job_id) where state = 'waiting';
create index jobs_kind on jobs (site_id, kind, job_id);
create index jobs_ended on jobs (site_id, ended_at) where ended_at > 0;

create table log_heads (
    site_id bigint not null references sites (site_id),
    seq     bigint not null,
    hash    text   not null,
    primary key (site_id)
);

create table log_entries (
    site_id    bigint not null references sites (site_id),
    seq        bigint not null,
    at         bigint not null,
    actor_id   bigint not null default 0,
    actor_role text   not null default '',
    action     text   not null,
    object     text   not null default '',
    reason     text   not null default '',
    before     text   not null default '',
    after      text   not null default '',
    request    text   not null default '',
    private    text   not null default '',
    prev       text   not null,
    hash       text   not null,
    primary key (site_id, seq)
);
create index log_entries_actor on log_entries (site_id, actor_id, seq);
create index log_entries_action on log_entries (site_id, action, seq);
create index log_entries_object on log_entries (site_id, object, seq);

create table log_private (
    site_id bigint not null,
    seq     bigint not null,
    salt    text   not null,
    value   text   not null,
    primary key (site_id, seq),
    foreign key (site_id, seq) references log_entries (site_id, seq)
);

-- +goose Down
drop table log_private;
drop table log_entries;
drop table log_heads;
drop table jobs;
drop table mails_sent;
drop table deliveries;
drop table endpoints;
drop table notifications;
drop table notices;
drop table appeals;
drop table sanctions;
drop table rehearsals;
drop table verdicts;
drop table rule_versions;
drop table rules;
drop table claims;
drop table comment_hosts;
drop table comment_bands;
drop table erasures;
drop table proposals;
drop table author_notes;
drop table account_networks;
drop table account_mutes;
drop table barred;
drop table used_tokens;
drop table sign_in_attempts;
drop table credentials;
create table decisions_old (
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
insert into decisions_old select site_id, decision_id, comment_id, account_id, actor_id, verb, reason, note, from_state, to_state, automated, created_at
    from decisions where comment_id <> 0 and verb in ('publish', 'reject', 'hold', 'dismiss');
drop table decisions;
alter table decisions_old rename to decisions;
create index decisions_people on decisions (site_id, decision_id) where not automated;
create index decisions_comment on decisions (site_id, comment_id, decision_id);
drop index accounts_staff;
drop index accounts_author;
drop index sessions_account;
drop index comments_unseen;
drop index comments_rejected;
drop index comments_story;
drop index comments_featured;
drop index stories_controls;
update accounts set role = 'owner' where role = 'admin';
update one_time_links set role = 'owner' where role = 'admin';
alter table accounts drop column sections;
alter table accounts drop column profile_public;
alter table accounts drop column rules_seen_at;
alter table accounts drop column mail;
alter table accounts drop column reports_upheld;
alter table accounts drop column reports_dismissed;
alter table accounts drop column merged_into;
alter table accounts drop column erased_at;
alter table accounts drop column break_at;
alter table sessions drop column session_id;
alter table sessions drop column strong_until;
alter table sessions drop column device;
alter table sessions drop column seen_at;
alter table one_time_links drop column sections;
alter table one_time_links drop column made_by;
alter table one_time_links drop column link_id;
alter table one_time_links drop column made_at;
alter table one_time_links drop column proposal_id;
alter table comments drop column reviewed;
alter table comments drop column featured_at;
alter table comments drop column held_for;
alter table comments drop column simhash;
alter table comments drop column lang;
alter table stories drop column controls;
alter table stories drop column controls_due;
drop index reports_network;
drop index reports_age;
alter table reports drop column network;
alter table reports drop column outcome;
alter table reports drop column decision_id;
alter table reports drop column counted;
