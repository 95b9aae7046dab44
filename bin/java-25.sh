# Sourced by the other commands here: sets JAVA_HOME to a JDK 25 or newer, or says how to get one.

# The major version of the Java in $1, in $major; 0 when there is none.
java_major() {
  major=0
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=*)
        major=${line#*\"}
        major=${major%%[!0-9]*}
        ;;
    esac
  done <"$1/release"
}

is_java_25() {
  [ -n "$1" ] || return 1
  java_major "$1"
  [ "$major" -ge 25 ]
}

java_on_path() {
  command -v java >/dev/null 2>&1 || return 0
  file=$(command -v java)
  while [ -h "$file" ]; do
    link=$(readlink "$file")
    case $link in /*) file=$link ;; *) file=$(dirname "$file")/$link ;; esac
  done
  dirname "$(dirname "$file")"
}

find_java() {
  for candidate in "${POSTHORN_JAVA_HOME:-}" "${JAVA_HOME:-}"; do
    if is_java_25 "$candidate"; then JAVA_HOME=$candidate; return 0; fi
  done
  candidate=$(java_on_path)
  if is_java_25 "$candidate"; then JAVA_HOME=$candidate; return 0; fi
  for candidate in /usr/lib/jvm/* /opt/* /opt/*/* /usr/java/* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if is_java_25 "$candidate"; then JAVA_HOME=$candidate; return 0; fi
  done
  if [ -x /usr/libexec/java_home ] && candidate=$(/usr/libexec/java_home -v 25+ 2>/dev/null); then
    JAVA_HOME=$candidate
    return 0
  fi
  cat >&2 <<'TEXT'
Posthorn needs a JDK 25 or newer, and none was found: not in $POSTHORN_JAVA_HOME, $JAVA_HOME, on the
PATH, in /usr/lib/jvm, /opt or ~/.sdkman. To get one:
  Debian, Ubuntu:  apt install openjdk-25-jdk   (or Temurin: https://adoptium.net/installation/)
  Fedora:          dnf install java-25-openjdk-devel
  macOS:           brew install openjdk@25
  anywhere:        https://adoptium.net/temurin/releases/?version=25, unpack it, and
                   export POSTHORN_JAVA_HOME=/where/it/is
TEXT
  return 1
}

find_java || exit 1
export JAVA_HOME
