# shellcheck shell=bash
# Keeps complete builds for ./lockstep under target/run/HASH, HASH being that of the sources: a demo
# that runs keeps its jars while newer ones are built. Sourced by ./lockstep and ./check, in the
# root of the tree, so that what ./check has built is not built a second time.
#
#   lockstep_sources_hash    prints the hash of the sources
#   lockstep_keep_jars HASH  copies what Maven has packaged; the last three builds are kept
#
# and the mirror with its simulator, which ./lockstep simulate compiles by itself:
#
#   lockstep_simulator_hash        prints the hash of their sources
#   lockstep_keep_simulator FOLDER  compiles them to FOLDER, libraries beside them; three are kept

lockstep_sources_hash() {
  find pom.xml ./*/pom.xml ./*/src/main -type f -print0 2>/dev/null | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -c1-16
}

lockstep_keep_jars() {
  local made=target/run/$1
  [ -d "$made" ] && return
  rm -rf "$made.new" && mkdir -p "$made.new" &&
    cp web-ui/target/dist/lib/*.jar web-ui/target/lockstep-web-ui-*.jar "$made.new/" &&
    mv "$made.new" "$made" || return
  find target/run -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +4 |
    cut -d' ' -f2- | xargs -r rm -rf
}

lockstep_simulator_hash() {
  find mirror/pom.xml mirror/src/main mirror/src/sim -type f -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -c1-16
}

lockstep_keep_simulator() {
  local made=$1 libraries
  [ -d "$made" ] && return
  # shellcheck disable=SC2012 # names of our own, hexadecimal
  libraries=$(ls -td target/run/*/ | head -n 1)
  rm -rf "$made.new" && mkdir -p "$made.new/classes" &&
    cp "$libraries"/{jspecify,netty,slf4j}*.jar "$made.new/" &&
    find mirror/src/main/java mirror/src/sim/java -name '*.java' >"$made.new/sources" &&
    "$JAVA_HOME/bin/javac" -nowarn -proc:none -d "$made.new/classes" -cp "$made.new/*" \
      "@$made.new/sources" >&2 &&
    mv "$made.new" "$made" || return
  find target/simulate -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +4 |
    cut -d' ' -f2- | xargs -r rm -rf
}
