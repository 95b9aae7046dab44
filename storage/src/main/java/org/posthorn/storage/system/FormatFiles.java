package org.posthorn.storage.system;

import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/// Files that say of which format what stands beside them is.
public final class FormatFiles {
  private static final Pattern SAYS_ONE = Pattern.compile("posthorn [a-z]+ [0-9]{1,9}\n");

  private FormatFiles() {}

  /// Why `found`, which is what such a file says, is not the format `known`, and what to do: the
  /// bytes may be of another program, or damaged. `what` is what stands beside it.
  public static String mismatch(Path file, String what, String found, String known) {
    String says = found.strip();
    String wanted = known.strip();
    return SAYS_ONE.matcher(found).matches()
        ? "The %s in %s are of the format \"%s\"; this program reads \"%s\". Use the program that wrote them, or a newer one"
            .formatted(what, Objects.requireNonNull(file.getParent()), says, wanted)
        : "%s says \"%s\", which is the format of no program: it is damaged. If the last one that served this directory was this version, put it right with  echo '%s' > %s"
            .formatted(file, says, wanted, file);
  }
}
