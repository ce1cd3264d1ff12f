-- Who may use the console, who is signed in, and who did what. Never the truth about disks.
create table users (
  name          varchar(64) primary key,
  password_hash varchar(512) not null,
  created_at    timestamp with time zone not null
);

create table sign_ins (
  token_hash  varchar(64) primary key,
  user_name   varchar(64) not null references users (name),
  csrf        varchar(64) not null,
  address     varchar(64) not null,
  created_at  timestamp with time zone not null,
  expires_at  timestamp with time zone not null
);

create table audit (
  id        bigint generated always as identity primary key,
  at        timestamp with time zone not null,
  user_name varchar(64) not null,
  address   varchar(64) not null,
  action    varchar(256) not null,
  result    varchar(1024) not null
);
create index audit_at on audit (at);
