package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What an account holds, as IMAP tells it.
record AccountThere(Map<String, MailboxThere> mailboxes) {
  private static final Pattern LISTED =
      Pattern.compile("^\\* LIST \\([^)]*\\) \"/\" \"?([^\"]+)\"?$");
  private static final Pattern UID = Pattern.compile("UID (\\d+)");
  private static final Pattern FLAGS = Pattern.compile("FLAGS \\(([^)]*)\\)");
  private static final Pattern MODSEQ = Pattern.compile("MODSEQ \\((\\d+)\\)");
  private static final Pattern SIZE = Pattern.compile("RFC822.SIZE (\\d+)");
  private static final Pattern NUMBER = Pattern.compile("X-Number: (\\d+)");

  /// `messages` by UID.
  record MailboxThere(
      long uidValidity, long uidNext, long highestModSeq, Map<Long, MessageThere> messages) {}

  record MessageThere(long number, Set<String> flags, long modSeq, long sizeBytes) {}

  /// What does not fit together by itself is added to `complaints`.
  static AccountThere read(WireClient imap, List<String> complaints) throws IOException {
    Map<String, MailboxThere> mailboxes = new TreeMap<>();
    for (String line : imap.imap("LIST \"\" \"*\"")) {
      Matcher listed = LISTED.matcher(line);
      if (listed.find()) {
        mailboxes.put(listed.group(1), mailbox(imap, listed.group(1), complaints));
      }
    }
    return new AccountThere(mailboxes);
  }

  private static MailboxThere mailbox(WireClient imap, String name, List<String> complaints)
      throws IOException {
    String status = status(imap, name, "MESSAGES UIDVALIDITY UIDNEXT HIGHESTMODSEQ");
    imap.imap("EXAMINE \"" + name + "\"");
    Map<Long, MessageThere> messages = new TreeMap<>();
    if (number(status, "MESSAGES") > 0) {
      List<String> lines =
          imap.imap(
              "UID FETCH 1:* (UID FLAGS MODSEQ RFC822.SIZE BODY.PEEK[HEADER.FIELDS (X-Number)])");
      for (int i = 0; i + 1 < lines.size(); i++) {
        String line = lines.get(i);
        if (line.contains(" FETCH (")) {
          String rest = lines.size() > i + 2 ? lines.get(i + 2) : "";
          messages.put(uid(line + rest), message(line + rest, lines.get(i + 1)));
        }
      }
    }
    if (messages.size() != number(status, "MESSAGES")) {
      complaints.add("%s has %d messages, but %s".formatted(name, messages.size(), status));
    }
    return new MailboxThere(
        number(status, "UIDVALIDITY"),
        number(status, "UIDNEXT"),
        number(status, "HIGHESTMODSEQ"),
        messages);
  }

  private static MessageThere message(String line, String header) {
    Matcher number = NUMBER.matcher(header);
    return new MessageThere(
        number.find() ? Long.parseLong(number.group(1)) : 0,
        flags(line),
        first(MODSEQ, line),
        first(SIZE, line));
  }

  /// What a search does not find although it is there, or finds although it is not: by the index,
  /// where there is one.
  List<String> judgeSearch(WireClient imap) throws IOException {
    List<String> complaints = new ArrayList<>();
    for (var mailbox : mailboxes.entrySet()) {
      List<Long> numbered = new ArrayList<>();
      mailbox
          .getValue()
          .messages()
          .forEach((uid, message) -> {
            if (message.number() > 0) {
              numbered.add(uid);
            }
          });
      imap.imap("EXAMINE \"" + mailbox.getKey() + "\"");
      List<Long> found = found(imap.imap("UID SEARCH SUBJECT number"));
      if (!found.equals(numbered)) {
        complaints.add("%s has %s, found %s".formatted(mailbox.getKey(), numbered, found));
      }
    }
    return complaints;
  }

  private static List<Long> found(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("* SEARCH"))
        .flatMap(line -> Arrays.stream(line.substring("* SEARCH".length()).strip().split(" ", -1)))
        .filter(uid -> !uid.isEmpty() && uid.chars().allMatch(Character::isDigit))
        .map(Long::valueOf)
        .sorted()
        .toList();
  }

  /// The STATUS response of a mailbox.
  static String status(WireClient imap, String mailbox, String items) throws IOException {
    return imap.imap("STATUS \"%s\" (%s)".formatted(mailbox, items)).stream()
        .filter(line -> line.startsWith("* STATUS"))
        .findFirst()
        .orElseThrow(() -> new IOException("No STATUS of " + mailbox));
  }

  /// The number behind a word of a STATUS response.
  static long number(String status, String word) {
    return first(Pattern.compile(word + " (\\d+)"), status);
  }

  static long uid(String line) {
    return first(UID, line);
  }

  static long modSeq(String line) {
    return first(MODSEQ, line);
  }

  /// Of a FETCH response; without `\Recent`, which is the session's.
  static Set<String> flags(String line) {
    Matcher flags = FLAGS.matcher(line);
    return flags.find()
        ? Arrays.stream(flags.group(1).split(" ", -1))
            .filter(flag -> !flag.isEmpty() && !flag.equals("\\Recent"))
            .collect(Collectors.toCollection(TreeSet::new))
        : Set.of();
  }

  /// UIDs of a set such as `3:5,9`.
  static List<Long> uids(String set) {
    List<Long> uids = new ArrayList<>();
    for (String range : set.split(",", -1)) {
      String[] ends = range.split(":", -1);
      for (long uid = Long.parseLong(ends[0]);
          uid <= Long.parseLong(ends[ends.length - 1]);
          uid++) {
        uids.add(uid);
      }
    }
    return uids;
  }

  private static long first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("No " + pattern + " in " + text);
    }
    return Long.parseLong(matcher.group(1));
  }
}
