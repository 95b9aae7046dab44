package org.posthorn.message;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Character sets by the names that mail uses for them.
public final class CharsetNames {
  private static final Optional<Charset> UTF_8 = Optional.of(StandardCharsets.UTF_8);

  private CharsetNames() {}

  /// What text that is labelled `name` is to be read with. Labels that are too narrow in practice
  /// are read wider, as mail programs and browsers do: ISO 8859-1 as windows-1252, GB2312 as
  /// GB18030, Korean as windows-949. US-ASCII is UTF-8 with nothing to it.
  public static Optional<Charset> find(String name) {
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "utf-8", "utf8", "us-ascii", "ascii" -> UTF_8;
      case "iso-8859-1", "latin1", "windows-1252", "cp1252" -> known("windows-1252");
      case "gb2312", "gbk", "gb_2312-80" -> known("gb18030");
      case "ks_c_5601-1987", "ks_c_5601", "euc-kr" -> known("x-windows-949");
      case "utf-7", "unicode-1-1-utf-7" -> Optional.empty();
      case "" -> Optional.empty();
      case String other -> known(other);
    };
  }

  /// In lower case.
  private static Optional<Charset> known(String name) {
    return Optional.ofNullable(All.BY_NAME.get(name));
  }

  /// Every name that Java knows: [Charset#forName] looks through everything anew for each one that
  /// it does not know, and a header has room for very many. Read when the first is asked for.
  private static final class All {
    private static final Map<String, Charset> BY_NAME = new HashMap<>();

    static {
      Charset.availableCharsets()
          .values()
          .forEach(charset -> {
            charset
                .aliases()
                .forEach(alias -> BY_NAME.put(alias.toLowerCase(Locale.ROOT), charset));
          });
      Charset.availableCharsets()
          .forEach((name, charset) -> BY_NAME.put(name.toLowerCase(Locale.ROOT), charset));
    }
  }
}
