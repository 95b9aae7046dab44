package org.posthorn.smtp.inbound;

import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.remember.Memories;

/// Counts how mail that was taken came: by port, with which version and cipher of TLS or in clear,
/// by UTC day for 30 days. Safe for use by many threads.
///
/// In the server's memories: a day has a name, a kind a key. A kill may lose the last seconds.
public final class ReceivedTls {
  private static final Duration KEEP = Duration.ofDays(31);
  private static final String CLEAR = "-";

  private final Memories memories;
  private final InstantSource clock;

  public ReceivedTls(Memories memories, InstantSource clock) {
    this.memories = memories;
    this.clock = clock;
  }

  /// So many mails by a port; `version` and `cipher` are absent in clear.
  public record Kind(String port, Optional<String> version, Optional<String> cipher, long mails) {}

  /// `tls` as `Connection` has it: a version and a cipher, from what the JDK knows, so kinds are
  /// few.
  void taken(Role role, Optional<String> tls) {
    var _ =
        memories.update(
            name(today()),
            role.port() + " " + tls.orElse(CLEAR),
            KEEP,
            before -> Optional.of(Long.toString(before.map(Long::parseLong).orElse(0L) + 1)));
  }

  /// Of that day, the most frequent first.
  public List<Kind> of(LocalDate day) {
    List<Kind> kinds = new ArrayList<>();
    memories.forEach(
        name(day), (key, count) -> kinds.add(kind(key.split(" ", -1), Long.parseLong(count))));
    kinds.sort(Comparator.comparingLong(Kind::mails).reversed());
    return kinds;
  }

  private static Kind kind(String[] words, long mails) {
    return words.length < 3
        ? new Kind(words[0], Optional.empty(), Optional.empty(), mails)
        : new Kind(words[0], Optional.of(words[1]), Optional.of(words[2]), mails);
  }

  public LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  private static String name(LocalDate day) {
    return "tls-received " + day;
  }
}
