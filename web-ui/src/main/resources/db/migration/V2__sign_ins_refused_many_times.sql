-- What is refused again and again is one line, with how often.
alter table audit add column times integer default 1 not null;
