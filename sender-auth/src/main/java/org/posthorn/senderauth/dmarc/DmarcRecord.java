package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A published policy (RFC 9989 §4.7). `subdomains` and `missing` are for subdomains that exist and
/// that do not; `percent` is of the older RFC 7489.
public record DmarcRecord(
    DmarcPolicy policy,
    DmarcPolicy subdomains,
    DmarcPolicy missing,
    boolean strictDkim,
    boolean strictSpf,
    boolean testing,
    int percent,
    Boundary boundary,
    List<String> reportUris) {
  private static final String VERSION = "DMARC1";
  private static final int RECORD_MAX_CHARS = 8_000;
  private static final int TAGS_MAX = 100;
  private static final int URIS_MAX = 10;

  /// What a domain says of its place in the tree: below a public suffix, a suffix itself, or
  /// nothing.
  public enum Boundary {
    ORGANIZATION,
    SUFFIX,
    UNSAID
  }

  public DmarcRecord {
    reportUris = List.copyOf(reportUris);
  }

  /// Empty where it is no policy, or one that says nothing that could be followed. Unknown tags and
  /// values that make no sense count as if they were not there.
  public static Optional<DmarcRecord> parse(String text) {
    Map<String, String> tags = tags(text);
    if (!VERSION.equals(tags.get("v"))) {
      return Optional.empty();
    }
    List<String> uris = uris(tags.getOrDefault("rua", ""));
    Optional<DmarcPolicy> asked = DmarcPolicy.of(tags.getOrDefault("p", ""));
    boolean sound =
        asked.isPresent() && isPolicyIfAny(tags.get("sp")) && isPolicyIfAny(tags.get("np"));
    if (!sound && uris.isEmpty()) {
      return Optional.empty();
    }
    DmarcPolicy policy = sound ? asked.get() : DmarcPolicy.NONE;
    DmarcPolicy subdomains =
        sound ? DmarcPolicy.of(tags.getOrDefault("sp", "")).orElse(policy) : DmarcPolicy.NONE;
    DmarcPolicy missing =
        sound ? DmarcPolicy.of(tags.getOrDefault("np", "")).orElse(subdomains) : DmarcPolicy.NONE;
    return Optional.of(
        new DmarcRecord(
            policy,
            subdomains,
            missing,
            is(tags, "adkim", "s"),
            is(tags, "aspf", "s"),
            is(tags, "t", "y"),
            percent(tags.getOrDefault("pct", "100")),
            boundary(tags),
            uris));
  }

  /// The version must come first, and in capitals; each tag counts once.
  private static Map<String, String> tags(String text) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (text.length() > RECORD_MAX_CHARS) {
      return tags;
    }
    for (String each : text.split(";", TAGS_MAX)) {
      int equals = each.indexOf('=');
      String name = equals < 0 ? "" : each.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      if (tags.isEmpty() && !name.equals("v")) {
        return tags;
      }
      if (!name.isEmpty()) {
        tags.putIfAbsent(name, each.substring(equals + 1).strip());
      }
    }
    return tags;
  }

  private static boolean isPolicyIfAny(@Nullable String word) {
    return word == null || DmarcPolicy.of(word).isPresent();
  }

  private static boolean is(Map<String, String> tags, String name, String value) {
    return value.equalsIgnoreCase(tags.get(name));
  }

  private static int percent(String written) {
    return written.matches("\\d{1,3}") ? Math.min(100, Integer.parseInt(written)) : 100;
  }

  private static Boundary boundary(Map<String, String> tags) {
    if (is(tags, "psd", "n")) {
      return Boundary.ORGANIZATION;
    }
    return is(tags, "psd", "y") ? Boundary.SUFFIX : Boundary.UNSAID;
  }

  /// Of the first targets for reports, those by mail, without the size that may stand behind them.
  private static List<String> uris(String written) {
    List<String> uris = new ArrayList<>();
    List<String> targets = List.of(written.split(",", URIS_MAX + 1));
    for (String each : targets.subList(0, Math.min(URIS_MAX, targets.size()))) {
      String uri = each.strip().replaceFirst("![0-9]+[kmgtKMGT]?$", "");
      if (uri.regionMatches(/* ignoreCase= */ true, 0, "mailto:", 0, 7) && uri.indexOf('@') > 7) {
        uris.add(uri);
      }
    }
    return uris;
  }
}
