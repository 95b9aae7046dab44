package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.Domain;

/// The MTA-STS policy of a domain (RFC 8461 §3.2): which servers take its mail, and that they have
/// valid certificates. `servers`: names in lower case and A-labels, or `*.` and the rest of a name.
public record StsPolicy(Mode mode, List<String> servers, Duration maxAge) {
  /// RFC 8461 §3.2: a year and a bit.
  private static final long MAX_AGE_SECONDS = 31_557_600;

  private static final String VERSION = "STSv1";

  /// What was fetched is no policy.
  static final class Invalid extends IOException {
    private static final long serialVersionUID = 1L;

    private Invalid(String message) {
      super(message);
    }
  }

  public enum Mode {
    ENFORCE,
    TESTING,
    NONE
  }

  public StsPolicy {
    servers = List.copyOf(servers);
  }

  /// Reads what a domain publishes. Of a key that may stand once the first counts, unknown keys are
  /// for others (§3.2). Throws for what is no policy.
  static StsPolicy parse(String text) throws IOException {
    Map<String, String> once = new HashMap<>();
    Set<String> servers = new LinkedHashSet<>();
    for (String line : text.split("\r?\n", -1)) {
      if (!line.isBlank()) {
        int colon = line.indexOf(':');
        if (colon < 1 || !line.substring(0, colon).matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")) {
          throw new Invalid("The policy has a line that is no 'key: value'");
        }
        String key = line.substring(0, colon);
        String value = line.substring(colon + 1).strip();
        if (key.equals("mx")) {
          servers.add(server(value));
        } else {
          once.putIfAbsent(key, value);
        }
      }
    }
    if (!VERSION.equals(once.get("version"))) {
      throw new Invalid("The policy is not of version " + VERSION);
    }
    Mode mode = mode(once.getOrDefault("mode", ""));
    if (servers.isEmpty() && mode != Mode.NONE) {
      throw new Invalid("The policy names no server (mx)");
    }
    return new StsPolicy(mode, List.copyOf(servers), maxAge(once.getOrDefault("max_age", "")));
  }

  private static Mode mode(String value) throws IOException {
    return switch (value) {
      case "enforce" -> Mode.ENFORCE;
      case "testing" -> Mode.TESTING;
      case "none" -> Mode.NONE;
      default -> throw new Invalid("The policy has no mode (enforce, testing, none)");
    };
  }

  private static Duration maxAge(String value) throws IOException {
    if (!value.matches("[0-9]{1,10}")) {
      throw new Invalid("The policy has no max_age in seconds");
    }
    return Duration.ofSeconds(Math.min(Long.parseLong(value), MAX_AGE_SECONDS));
  }

  /// In the form in which servers are compared. U-labels and a final dot are not allowed here
  /// (§3.2), but they name the same server, and an enforced policy that fits none stops all mail.
  private static String server(String value) throws IOException {
    String star = value.startsWith("*.") ? "*." : "";
    return Domain.parse(value.substring(star.length()))
        .filter(domain -> !domain.isLiteral())
        .map(domain -> star + domain.ascii())
        .orElseThrow(() -> new Invalid("The policy has an mx that is no host name"));
  }

  /// The id in the record at `_mta-sts.` (§3.1); none if there is not exactly one such record.
  public static Optional<String> id(List<String> texts) {
    List<String> records = texts.stream().filter(text -> text.startsWith("v=STSv1;")).toList();
    if (records.size() != 1) {
      return Optional.empty();
    }
    for (String field : records.getFirst().split(";", -1)) {
      String stripped = field.strip();
      if (stripped.startsWith("id=")) {
        return Optional.of(stripped.substring(3)).filter(id -> id.matches("[A-Za-z0-9]{1,32}"));
      }
    }
    return Optional.empty();
  }

  /// The policy as its domain would write it.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("version: " + VERSION);
    lines.add("mode: " + mode.name().toLowerCase(Locale.ROOT));
    servers.forEach(server -> lines.add("mx: " + server));
    lines.add("max_age: " + maxAge.toSeconds());
    return lines;
  }

  /// Whether the policy allows a server (§4.1): a star stands for one label.
  public boolean allows(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    return servers.contains(name) || (dot > 0 && servers.contains("*" + name.substring(dot)));
  }
}
