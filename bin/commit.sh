# Read by bin/posthorn and bin/verify: sets $commit to what tells Maven of which commit the sources are,
# or to nothing where they are not those of a git repository of their own. Needs $home.
commit=
if [ "$(git -C "$home" rev-parse --show-toplevel 2>/dev/null)" = "$home" ]; then
  id=$(git -C "$home" rev-parse --short=12 HEAD 2>/dev/null) &&
    time=$(TZ=UTC git -C "$home" log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null) && {
    git -C "$home" diff --quiet HEAD 2>/dev/null || id=$id-changed
    commit="-Dposthorn.commit=$id -Dposthorn.committed=$time"
  }
fi
true
