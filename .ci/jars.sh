# shellcheck shell=bash
# Keeps complete builds for ./lockstep under target/run/HASH, HASH being that of the sources: a demo
# that runs keeps its jars while newer ones are built. Sourced by ./lockstep and ./check, in the
# root of the tree, so that what ./check has built is not built a second time.
#
#   lockstep_sources_hash    prints the hash of the sources
#   lockstep_keep_jars HASH  copies what Maven has packaged; the last three builds are kept

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
