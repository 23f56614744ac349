#!/bin/sh
# Run by PostgreSQL's image when its volume is new: makes the role of the processes, which owns nothing.
# `flask --app gateway database grant gatehouse_app` gives it its rights.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$POSTGRES_APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE gatehouse_app LOGIN PASSWORD :'password';
SQL
