#!/bin/sh
# Makes classes.jsa in the folder of the packaged program: the classes of a start, read and checked once and for all, for
#   java -XX:SharedArchiveFile=FOLDER/classes.jsa -jar FOLDER/quarkus-run.jar
# The program is started once, on a Postgres that is removed afterwards, with neither a store nor Novita.
# Takes the folder, under the path at which it will run. Needs java, curl, initdb and pg_ctl, and a user that is not root.
set -eu

app=${1:?the folder of the packaged program is missing}
port=${CLASS_ARCHIVE_PORT:-15432}
http=$((port + 1))
password=class-archive
work=$(mktemp -d)
program=

finish() {
  [ -z "$program" ] || kill "$program" 2>/dev/null || true
  pg_ctl --pgdata="$work/postgres" --mode=immediate stop >"$work/stop.log" 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

echo "$password" >"$work/password"
initdb --pgdata="$work/postgres" --username=postgres --pwfile="$work/password" --auth=scram-sha-256 --no-sync >"$work/initdb.log"
pg_ctl --pgdata="$work/postgres" --log="$work/postgres.log" --wait \
  --options="-p $port -c listen_addresses=127.0.0.1 -k $work -c fsync=off" start >"$work/start.log"

# Port 9 is nobody's: nothing is paid for, and nothing is stored.
rm -f "$app/classes.jsa"
(
  cd "$work"
  NOVITA_BASE_URL=http://127.0.0.1:9 NOVITA_API_KEY=none \
  STORAGE_ENDPOINT=http://127.0.0.1:9 STORAGE_ACCESS_KEY_ID=none STORAGE_SECRET_ACCESS_KEY=none \
  QUARKUS_DATASOURCE_JDBC_URL="jdbc:postgresql://127.0.0.1:$port/postgres" \
  QUARKUS_DATASOURCE_USERNAME=postgres QUARKUS_DATASOURCE_PASSWORD="$password" \
  OPERATOR_PASSWORD=not-for-anybody QUARKUS_HTTP_HOST=127.0.0.1 QUARKUS_HTTP_PORT="$http" \
  NOVITA_WEBHOOK_SPOOL="$work/webhooks" \
    exec java -XX:ArchiveClassesAtExit="$app/classes.jsa" -Xlog:cds=off -Xlog:cds+dynamic=off \
      -jar "$app/quarkus-run.jar" >"$work/program.log" 2>&1
) &
program=$!

call() {
  curl --silent --output "$work/answer" --fail --retry 120 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$http$1"
}
# Once each of what is asked for first; then the timers, a second after the start.
if ! { call /api/status && call /q/health/live && call /api/runs && call /; }; then
  cat "$work/program.log" >&2
  exit 1
fi
sleep 3
kill "$program"
wait "$program" || true # 143: it ended by the signal
program=
if [ ! -s "$app/classes.jsa" ]; then
  cat "$work/program.log" >&2
  exit 1
fi
chmod 644 "$app/classes.jsa"
