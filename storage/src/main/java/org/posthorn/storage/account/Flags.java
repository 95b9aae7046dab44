package org.posthorn.storage.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The flags of a message (RFC 9051 §2.3.2): an immutable set of system flags and keywords. Equal
/// sets are equal values and mostly the same object, so a mailbox view shares them. Keywords
/// compare without regard to ASCII case. `\Recent` is no flag here: it belongs to sessions.
public final class Flags {
  /// More keywords on one message are [MailboxException.LimitReached].
  public static final int KEYWORDS_MAX = 100;

  /// A longer keyword is [MailboxException.LimitReached].
  public static final int KEYWORD_LENGTH_MAX = 100;

  private static final int SEEN = 1;
  private static final int ANSWERED = 2;
  private static final int FLAGGED = 4;
  private static final int DELETED = 8;
  private static final int DRAFT = 16;
  private static final int SYSTEM = 31;
  private static final int HAS_KEYWORDS = 128;

  /// In the order of their bits.
  private static final List<String> SYSTEM_NAMES =
      List.of("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft");

  private static final List<Flags> SYSTEM_ONLY = systemOnly();

  /// Sets with keywords by bits and exact spelling. Weak: lives as long as some mailbox shares it.
  private static final Cache<String, Flags> SHARED = Caffeine.newBuilder().weakValues().build();

  public static final Flags NONE = SYSTEM_ONLY.getFirst();

  private final int system;

  /// As they were spelled, in the order of their lower-case forms.
  private final List<String> keywords;

  private final List<String> names;
  private final long hash;

  private Flags(int system, List<String> keywords) {
    this.system = system;
    this.keywords = keywords;
    var names = new ArrayList<String>();
    for (int i = 0; i < SYSTEM_NAMES.size(); i++) {
      if ((system & (1 << i)) != 0) {
        names.add(SYSTEM_NAMES.get(i));
      }
    }
    names.addAll(keywords);
    this.names = List.copyOf(names);
    long sum = Checksum.mix(system);
    for (String keyword : keywords) {
      sum = Checksum.mix(sum + Checksum.ofText(lower(keyword)));
    }
    this.hash = sum;
  }

  /// Names as IMAP writes them: `\Seen`, `$Forwarded`, `work`. Throws
  /// [MailboxException.NotPermitted] for a name that no flag can have, `\Recent` among them, and
  /// [MailboxException.LimitReached] for too many or too long ones.
  public static Flags of(String... names) {
    return of(List.of(names));
  }

  /// The same from a collection.
  public static Flags of(Collection<String> names) {
    int system = 0;
    var keywords = new TreeMap<String, String>();
    for (String name : names) {
      if (name.startsWith("\\")) {
        system |= systemBit(name);
      } else {
        checkKeyword(name);
        keywords.putIfAbsent(lower(name), name);
      }
    }
    return shared(system, keywords.values());
  }

  public boolean has(String name) {
    if (name.startsWith("\\")) {
      for (int i = 0; i < SYSTEM_NAMES.size(); i++) {
        if (SYSTEM_NAMES.get(i).equalsIgnoreCase(name)) {
          return (system & (1 << i)) != 0;
        }
      }
      return false;
    }
    for (String keyword : keywords) {
      if (keyword.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  public boolean seen() {
    return (system & SEEN) != 0;
  }

  public boolean answered() {
    return (system & ANSWERED) != 0;
  }

  public boolean flagged() {
    return (system & FLAGGED) != 0;
  }

  public boolean deleted() {
    return (system & DELETED) != 0;
  }

  public boolean draft() {
    return (system & DRAFT) != 0;
  }

  public Flags with(Flags more) {
    if (more.keywords.isEmpty() && (more.system & ~system) == 0) {
      return this;
    }
    if (keywords.isEmpty() && more.keywords.isEmpty()) {
      return SYSTEM_ONLY.get(system | more.system);
    }
    var all = byLowerCase(keywords);
    more.keywords.forEach(keyword -> all.putIfAbsent(lower(keyword), keyword));
    return shared(system | more.system, all.values());
  }

  public Flags without(Flags less) {
    int left = system & ~less.system;
    if (keywords.isEmpty() || less.keywords.isEmpty()) {
      return left == system ? this : shared(left, keywords);
    }
    var all = byLowerCase(keywords);
    less.keywords.forEach(keyword -> all.remove(lower(keyword)));
    return shared(left, all.values());
  }

  /// System flags first, then keywords in alphabetical order.
  public List<String> names() {
    return names;
  }

  public List<String> keywords() {
    return keywords;
  }

  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    if (!(other instanceof Flags that)
        || hash != that.hash
        || keywords.size() != that.keywords.size()) {
      return false;
    }
    for (int i = 0; i < keywords.size(); i++) {
      if (!keywords.get(i).equalsIgnoreCase(that.keywords.get(i))) {
        return false;
      }
    }
    return system == that.system;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }

  /// As IMAP writes a list of flags, without parentheses.
  @Override
  public String toString() {
    return String.join(" ", names);
  }

  /// The same on every machine and in every process, whatever the spelling of keywords.
  long stableHash() {
    return hash;
  }

  void writeTo(RowWriter row) {
    if (keywords.isEmpty()) {
      row.raw(system);
      return;
    }
    row.raw(system | HAS_KEYWORDS).number(keywords.size());
    keywords.forEach(row::text);
  }

  static Flags readFrom(RowReader row) {
    int first = row.raw();
    if ((first & HAS_KEYWORDS) == 0) {
      return SYSTEM_ONLY.get(first & SYSTEM);
    }
    int count = row.count();
    var keywords = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      keywords.add(row.text());
    }
    return shared(first & SYSTEM, keywords);
  }

  /// Throws where `name` cannot be a keyword (an IMAP atom: RFC 9051 §9).
  private static void checkKeyword(String name) {
    if (name.length() > KEYWORD_LENGTH_MAX) {
      throw new MailboxException.LimitReached(
          "A keyword has at most " + KEYWORD_LENGTH_MAX + " characters");
    }
    if (name.isEmpty()
        || !name.chars().allMatch(c -> c > 32 && c < 127 && "(){%*\"\\]".indexOf(c) < 0)) {
      throw new MailboxException.NotPermitted("Not a keyword: " + name);
    }
  }

  private static int systemBit(String name) {
    for (int i = 0; i < SYSTEM_NAMES.size(); i++) {
      if (SYSTEM_NAMES.get(i).equalsIgnoreCase(name)) {
        return 1 << i;
      }
    }
    throw new MailboxException.NotPermitted("Not a flag that can be set: " + name);
  }

  /// `keywords` are in the order of their lower-case forms.
  private static Flags shared(int system, Collection<String> keywords) {
    if (keywords.isEmpty()) {
      return SYSTEM_ONLY.get(system);
    }
    if (keywords.size() > KEYWORDS_MAX) {
      throw new MailboxException.LimitReached(
          "A message has at most " + KEYWORDS_MAX + " keywords");
    }
    return SHARED.get(
        system + " " + String.join(" ", keywords), _ -> new Flags(system, List.copyOf(keywords)));
  }

  private static SortedMap<String, String> byLowerCase(List<String> keywords) {
    var all = new TreeMap<String, String>();
    keywords.forEach(keyword -> all.put(lower(keyword), keyword));
    return all;
  }

  private static List<Flags> systemOnly() {
    var all = new ArrayList<Flags>();
    for (int system = 0; system <= SYSTEM; system++) {
      all.add(new Flags(system, List.of()));
    }
    return List.copyOf(all);
  }

  static String lower(String keyword) {
    return keyword.toLowerCase(Locale.ROOT);
  }
}
