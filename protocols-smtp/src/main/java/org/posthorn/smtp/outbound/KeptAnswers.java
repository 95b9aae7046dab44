package org.posthorn.smtp.outbound;

import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SetResponse;

/// What the DNS said, as long as it allows, at most a day. Its memory is bounded: anybody can make
/// us ask for names of his own, with answers of 64 KiB, and such answers are not kept. Safe for use
/// by many threads.
final class KeptAnswers extends Cache {
  static final int NAMES_MAX = 20_000;
  private static final int BYTES_MAX = 4 << 10;
  private static final int MAX_SECONDS = 86_400;

  /// That there is nothing is soon different (RFC 2308 §5: one to three hours).
  private static final int NOTHING_MAX_SECONDS = 3_600;

  KeptAnswers() {
    super(DClass.IN);
    setMaxEntries(NAMES_MAX);
    setMaxCache(MAX_SECONDS);
    setMaxNCache(NOTHING_MAX_SECONDS);
  }

  @Override
  public SetResponse addMessage(Message message) {
    SetResponse response = super.addMessage(message);
    List<Record> records = records(message);
    if (records.stream().mapToInt(record -> record.rdataToWireCanonical().length).sum()
        > BYTES_MAX) {
      records.forEach(record -> flushName(record.getName()));
    }
    return response;
  }

  private static List<Record> records(Message message) {
    List<Record> records = new ArrayList<>();
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
      records.addAll(message.getSection(section));
    }
    return records;
  }
}
