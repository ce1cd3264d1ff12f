# shellcheck shell=bash
# Finds the JDK that builds and runs Lockstep. Sourced by ./lockstep and ./check, so that both
# agree on it; it changes nothing but the variables it says it sets.
#
#   lockstep_find_jdk     sets and exports JAVA_HOME to a JDK of at least LOCKSTEP_JDK_MIN,
#                         or says on standard error what to install and returns 1
#   lockstep_find_maven   returns 1, after saying what to install, where there is no mvn
#
# Order: LOCKSTEP_JAVA_HOME (a wish: if it does not fit, that is an error and nothing else is
# tried), JAVA_HOME, the javac on PATH, then the newest under /usr/lib/jvm.

LOCKSTEP_JDK_MIN=25

# Prints the feature release (17, 25, ...) of the JDK in $1; fails where there is none.
lockstep_jdk_release() {
  local version
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null)
  if [ -z "$version" ]; then # a JDK without its release file: ask it
    version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
  fi
  [ -n "$version" ] && printf '%s\n' "$version"
}

lockstep_jdk_fits() {
  local release
  release=$(lockstep_jdk_release "$1") && [ "$release" -ge "$LOCKSTEP_JDK_MIN" ]
}

lockstep_find_jdk() {
  local candidate newest='' newest_release=0 release
  if [ -n "${LOCKSTEP_JAVA_HOME:-}" ]; then
    if lockstep_jdk_fits "$LOCKSTEP_JAVA_HOME"; then
      export JAVA_HOME=$LOCKSTEP_JAVA_HOME
      return 0
    fi
    echo "LOCKSTEP_JAVA_HOME=$LOCKSTEP_JAVA_HOME is not a JDK $LOCKSTEP_JDK_MIN or newer:" \
      "set it to one, or unset it to have one looked for." >&2
    return 1
  fi
  if [ -n "${JAVA_HOME:-}" ] && lockstep_jdk_fits "$JAVA_HOME"; then
    export JAVA_HOME
    return 0
  fi
  candidate=$(command -v javac || true)
  if [ -n "$candidate" ]; then
    candidate=$(dirname "$(dirname "$(readlink -f "$candidate")")")
    if lockstep_jdk_fits "$candidate"; then
      export JAVA_HOME=$candidate
      return 0
    fi
  fi
  for candidate in /usr/lib/jvm/*; do
    release=$(lockstep_jdk_release "$candidate") || continue
    if [ "$release" -ge "$LOCKSTEP_JDK_MIN" ] && [ "$release" -gt "$newest_release" ]; then
      newest=$candidate
      newest_release=$release
    fi
  done
  if [ -n "$newest" ]; then
    export JAVA_HOME=$newest
    return 0
  fi
  cat >&2 <<END
Lockstep needs a JDK $LOCKSTEP_JDK_MIN or newer, and none was found in LOCKSTEP_JAVA_HOME, JAVA_HOME, PATH or /usr/lib/jvm.
Install one, for example Eclipse Temurin from https://adoptium.net (package temurin-$LOCKSTEP_JDK_MIN-jdk),
or unpack any JDK $LOCKSTEP_JDK_MIN and set LOCKSTEP_JAVA_HOME to its folder.
END
  return 1
}

lockstep_find_maven() {
  command -v mvn >/dev/null && return 0
  echo "Lockstep is built with Maven, and there is no mvn on PATH: apt-get install maven" >&2
  return 1
}
