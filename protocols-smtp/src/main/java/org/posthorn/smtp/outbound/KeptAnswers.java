package org.posthorn.smtp.outbound;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SetResponse;

/// What the DNS said, as long as it allows, at most a day. Its memory is bounded: anybody can make
/// us ask for names of his own, with answers of 64 KiB or a thousand records, and such answers are
/// not kept. Safe for use by many threads.
final class KeptAnswers extends Cache {
  static final int NAMES_MAX = 20_000;
  private static final int BYTES_MAX = 8 << 10;

  /// What a record takes beside its data: its name, and the objects that both are.
  private static final int RECORD_BYTES = 200;

  private static final int MAX_SECONDS = 86_400;

  /// That there is nothing is soon different (RFC 2308 §5: one to three hours).
  private static final int NOTHING_MAX_SECONDS = 3_600;

  private static final Duration SMALL_STEP = Duration.ofMinutes(1);

  private final InstantSource clock;
  private volatile Instant latest = Instant.EPOCH;

  KeptAnswers() {
    this(InstantSource.system());
  }

  KeptAnswers(InstantSource clock) {
    super(DClass.IN);
    this.clock = clock;
    setMaxEntries(NAMES_MAX);
    setMaxCache(MAX_SECONDS);
    setMaxNCache(NOTHING_MAX_SECONDS);
  }

  /// Until when an answer counts is written down by the clock of the day. When that is set back, as
  /// on a machine that starts with a wrong date, nobody knows how old any of them is.
  @Override
  public SetResponse lookupRecords(Name name, int type, int minCred) {
    Instant now = clock.instant();
    if (now.isBefore(latest.minus(SMALL_STEP))) {
      clearCache();
    }
    latest = now;
    return super.lookupRecords(name, type, minCred);
  }

  @Override
  public SetResponse addMessage(Message message) {
    SetResponse response = super.addMessage(message);
    List<Record> records = records(message);
    if (!isSmall(records)) {
      records.forEach(record -> flushName(record.getName()));
    }
    return response;
  }

  /// Whether so many of them as are kept are no burden.
  static boolean isSmall(List<Record> records) {
    return records.stream()
            .mapToInt(record -> RECORD_BYTES + record.rdataToWireCanonical().length)
            .sum()
        <= BYTES_MAX;
  }

  private static List<Record> records(Message message) {
    List<Record> records = new ArrayList<>();
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
      records.addAll(message.getSection(section));
    }
    return records;
  }
}
