package org.posthorn.imap.command;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.imap.command.Condition.Cost;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.search.Area;
import org.posthorn.storage.search.FuzzyFound;
import org.posthorn.storage.search.FuzzyNeedle;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.search.TextScan;

/// Makes tests that pass what is like a text, and notes how like (RFC 6203). What the index does
/// not know is looked through. Lives as long as one SEARCH.
final class FuzzyTests {
  /// So much is looked through before the index is asked.
  private static final long LOOK_MAX_BYTES = 64 << 10;

  /// So many emails all keys together remember as near: 8 MB. Further ones are looked through.
  private static final int EMAILS_MAX = 1_000_000;

  /// What a word is worth in each place, if it is looked for in all of them.
  private static final Map<Area, Float> ANYWHERE = weights();

  private final SelectedMailbox mailbox;
  private final Account account;
  private final MailSearch search;
  private final EmailCursor emails;
  private final TextScan scan;
  private final Relevancy relevancy;
  private int emailsLeft = EMAILS_MAX;

  FuzzyTests(
      SelectedMailbox mailbox,
      MailSearch search,
      EmailCursor emails,
      TextScan scan,
      Relevancy relevancy) {
    this.mailbox = mailbox;
    this.account = mailbox.account();
    this.search = search;
    this.emails = emails;
    this.scan = scan;
    this.relevancy = relevancy;
  }

  private static Map<Area, Float> weights() {
    Map<Area, Float> weights = new LinkedHashMap<>();
    weights.put(Area.SUBJECT, 1f);
    weights.put(Area.FROM, 0.9f);
    weights.put(Area.HEADER, 0.7f);
    weights.put(Area.BODY, 0.6f);
    return weights;
  }

  Condition in(Area area, String text) {
    return of(Map.of(area, 1f), text);
  }

  Condition anywhere(String text) {
    return of(ANYWHERE, text);
  }

  private Condition of(Map<Area, Float> weights, String text) {
    var needle = new FuzzyNeedle(text);
    var looking = new Looking(weights, needle);
    boolean byEnvelope = !weights.containsKey(Area.BODY) && !weights.containsKey(Area.HEADER);
    return new Condition(
        byEnvelope ? Cost.EMAIL : Cost.BODY,
        index -> {
          float nearness = needle.isEmpty() ? 0 : looking.nearness(index);
          if (nearness > 0) {
            relevancy.add(index, nearness);
          }
          return nearness > 0;
        });
  }

  /// Asks the index once, and only when it is worth it.
  private final class Looking {
    private final Map<Area, Float> weights;
    private final FuzzyNeedle needle;
    private final Map<Area, FuzzyFound> found = new HashMap<>();
    private long lookedBytes;

    Looking(Map<Area, Float> weights, FuzzyNeedle needle) {
      this.weights = weights;
      this.needle = needle;
    }

    float nearness(int index) throws IOException {
      var view = mailbox.viewOf(index);
      int at = mailbox.indexIn(index);
      boolean looks = lookedBytes < LOOK_MAX_BYTES;
      lookedBytes += looks ? view.sizeBytes(at) : 0;
      float nearest = 0;
      for (var weight : weights.entrySet()) {
        float here = looks ? FuzzyFound.UNKNOWN : known(weight.getKey(), view.emailId(at));
        here = here == FuzzyFound.UNKNOWN ? look(index, weight.getKey()) : here;
        nearest = Math.max(nearest, here * weight.getValue());
      }
      return nearest;
    }

    private float known(Area area, long emailId) {
      return found.computeIfAbsent(area, this::ask).of(emailId);
    }

    private FuzzyFound ask(Area area) {
      FuzzyFound answer = search.find(account, area, needle, emailsLeft);
      emailsLeft -= answer.size();
      return answer;
    }

    private float look(int index, Area area) throws IOException {
      Optional<Email> email = emails.at(index);
      return email.isPresent() ? scan.nearness(email.get(), area, needle) : 0;
    }
  }
}
