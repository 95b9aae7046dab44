package org.posthorn.app.dmarc;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts messages that were judged by DMARC, by UTC day, the domain whose policy it was, and what
/// is alike about them, until the report is sent. Safe for use by many threads.
///
/// In the server's memories: a day has a name under which its domains are, and a domain of a day
/// one for its rows. A kill may lose what came in the last seconds; nothing is counted twice.
/// Bounded: what does not fit any more is not counted.
public final class DmarcStatistics implements DmarcObserver {
  static final int DOMAINS_MAX = 10_000;
  static final int ROWS_MAX = 100_000;

  /// A report with so many rows is made in memory.
  static final int DOMAIN_ROWS_MAX = 5_000;

  private static final Logger log = LoggerFactory.getLogger(DmarcStatistics.class);
  private static final Duration KEEP = Duration.ofDays(4);
  private static final String KNOWN = "1";

  private final Memories memories;
  private final InstantSource clock;
  private final boolean counts;
  private LocalDate countedDay = LocalDate.MIN;
  private final Map<String, Integer> rowsOfDomains = new HashMap<>();
  private int rows;

  /// `counts`: whether anything is kept at all.
  DmarcStatistics(Memories memories, InstantSource clock, boolean counts) {
    this.memories = memories;
    this.clock = clock;
    this.counts = counts;
  }

  @Override
  public void judged(Judged message) {
    DmarcResult result = message.result();
    if (!counts
        || result.applied().isEmpty()
        || result.applied().get().record().reportUris().isEmpty()) {
      return;
    }
    try {
      count(result.applied().get().domain(), JudgedRow.of(message));
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).log("dmarc-result-not-counted");
    }
  }

  private void count(String domain, JudgedRow row) {
    LocalDate day = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    String rowsOfDomain = rowsName(day, domain);
    String key = digest(row.kind());
    if (memories.find(rowsOfDomain, key).isEmpty() && !mayBegin(day, domain)) {
      return;
    }
    var _ =
        memories.update(
            rowsOfDomain,
            key,
            KEEP,
            before ->
                before.stream()
                    .flatMap(text -> JudgedRow.parse(text).stream())
                    .findFirst()
                    .map(JudgedRow::more)
                    .or(() -> Optional.of(row))
                    .map(JudgedRow::toText));
  }

  /// Whether one more row may begin on that day, for this domain.
  private synchronized boolean mayBegin(LocalDate day, String domain) {
    if (!day.equals(countedDay)) {
      recount(day);
    }
    int before = rowsOfDomains.getOrDefault(domain, 0);
    boolean isNew = !rowsOfDomains.containsKey(domain);
    if (rows >= ROWS_MAX
        || before >= DOMAIN_ROWS_MAX
        || (isNew && rowsOfDomains.size() >= DOMAINS_MAX)) {
      return false;
    }
    rows++;
    rowsOfDomains.put(domain, before + 1);
    if (isNew) {
      memories.update(domainsName(day), domain, KEEP, _ -> Optional.of(KNOWN));
    }
    return true;
  }

  /// What an earlier run of the server has counted on that day counts too.
  private void recount(LocalDate day) {
    rowsOfDomains.clear();
    rows = 0;
    for (String domain : domains(day)) {
      var count = new AtomicInteger();
      memories.forEach(rowsName(day, domain), (_, _) -> count.incrementAndGet());
      rowsOfDomains.put(domain, count.get());
      rows += count.get();
    }
    countedDay = day;
  }

  /// Whose policies counted on that day, in their order.
  List<String> domains(LocalDate day) {
    List<String> all = new ArrayList<>();
    memories.forEach(domainsName(day), (domain, _) -> all.add(domain));
    return all;
  }

  List<JudgedRow> rows(LocalDate day, String domain) {
    List<JudgedRow> all = new ArrayList<>();
    memories.forEach(rowsName(day, domain), (_, text) -> all.addAll(JudgedRow.parse(text)));
    return all;
  }

  static String digest(String text) {
    try {
      byte[] whole =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(whole, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String domainsName(LocalDate day) {
    return "dmarc-judged " + day;
  }

  private static String rowsName(LocalDate day, String domain) {
    return "dmarc-judged " + day + " " + domain;
  }
}
