"""The tables of the reference consumer. One row per message and fix; all else is per vehicle and stream."""

import sqlite3

VERSION = 2
_TABLES = """
create table vehicle(vehicle text primary key, status text, session integer, version text, generation text,
  state text, live text, reported text, first_ms integer, last_ms integer);
create table message(source text, id text, vehicle text, stream text, generation text, seq integer, type text,
  subject text, time text, recorded_ms integer, arrived_ms integer, historical integer, severity text,
  body blob, invalid text, primary key(source, id));
create index message_by_type on message(vehicle, type, seq);
create table fix(vehicle text, generation text, seq integer, mono_ms integer, utc_ms integer, mode text,
  lat real, lon real, alt real, speed real, course real, quality integer, satellites integer, hdop real,
  accuracy real, inferred text, unfit text, primary key(vehicle, generation, seq)) without rowid;
create table series(vehicle text, generation text, stream text, known text,
  primary key(vehicle, generation, stream));
create table gap(vehicle text, generation text, stream text, first integer, last integer, seen_ms integer,
  closed_ms integer);
create index gap_open on gap(vehicle, generation, stream) where closed_ms is null;
create table picture(vehicle text, sha256 text, kind text, subject text, bytes integer, chunks integer,
  arrived integer default 0, state text, path text, announced_ms integer, done_ms integer,
  primary key(vehicle, sha256));
create table command(vehicle text, id text, name text, document text, sent_ms integer, state text,
  reason text, detail text, result text, replied_ms integer, primary key(vehicle, id));
create table count(vehicle text, stream text, messages integer default 0, fixes integer default 0,
  duplicates integer default 0, invalid integer default 0, bytes integer default 0,
  longest_live_ms integer, longest_backlog_ms integer, primary key(vehicle, stream));
create table delay(vehicle text, stream text, lane text, bucket integer, number integer,
  primary key(vehicle, stream, lane, bucket));
create table device_key(vehicle text, kid text, key text, since_ms integer, primary key(vehicle, kid));
create table signature(vehicle text, id text, type text, kid text, verdict text, primary key(vehicle, id));
create table invalid(vehicle text, topic text, reason text, number integer, newest blob, newest_ms integer,
  primary key(vehicle, topic, reason));
"""


def open_database(path: str) -> sqlite3.Connection:
    """The database at `path` (":memory:" for none), with its tables; raises sqlite3.Error.

    A commit is on disk when it returns, since a PUBACK follows it.
    """
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("pragma busy_timeout = 10000")
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    (version,) = db.execute("pragma user_version").fetchone()
    if version == 0:
        db.executescript(f"begin; {_TABLES} pragma user_version = {VERSION}; commit")
    elif version != VERSION:
        raise sqlite3.DatabaseError(f"is of version {version}, not {VERSION}")
    return db
