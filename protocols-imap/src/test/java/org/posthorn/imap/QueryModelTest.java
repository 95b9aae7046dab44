package org.posthorn.imap;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.imap.session.PlainTextLogins;

/// Random searches and sorts of random mail find what a plain model of them says.
class QueryModelTest {
  private static final int MESSAGES = 60;
  private static final int COMMANDS = 150;
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d-MMM-uuuu", Locale.US);
  private static final DateTimeFormatter SENT =
      DateTimeFormatter.ofPattern("d MMM uuuu", Locale.US);
  private static final List<String> FLAGS =
      List.of("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Junk", "Work");
  private static final List<String> WORDS =
      List.of("lunch", "Dinner", "apple", "PIE", "zebra", "x");
  private static final List<String> NAMES = List.of("bob", "Ann", "carl", "zoe");

  /// Subjects as they stand in a message, and what they are sorted by.
  private record Subject(String text, String base) {}

  private record Letter(
      int number,
      Subject subject,
      String from,
      String to,
      LocalDate sent,
      int hour,
      String body,
      List<String> flags) {
    String text() {
      return """
      From: %s@example.net
      To: %s@example.org
      Subject: %s
      Date: %s %02d:00:00 +0000
      X-Number: n%d

      %s
      """
          .formatted(from, to, subject.text, sent.format(SENT), hour, number, body)
          .replace("\n", "\r\n");
    }
  }

  /// A search key and which letters have it.
  private record Key(String text, Predicate<Letter> passes) {}

  private Random random = new Random(0);

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private Letter letter(int number) {
    String word = any(WORDS);
    Subject subject =
        any(
            List.of(
                new Subject(word, word),
                new Subject("Re: " + word, word),
                new Subject("[list] fwd: " + word + " (fwd)", word),
                new Subject("[Fwd: " + word + "]", word)));
    return new Letter(
        number,
        subject,
        any(NAMES),
        any(NAMES),
        LocalDate.of(2026, 3, 1 + random.nextInt(9)),
        random.nextInt(24),
        any(WORDS) + " " + any(WORDS),
        FLAGS.stream().filter(_ -> random.nextInt(3) == 0).toList());
  }

  private Key key(int depth) {
    if (depth < 3 && random.nextInt(3) == 0) {
      Key one = key(depth + 1);
      Key other = key(depth + 1);
      return switch (random.nextInt(3)) {
        case 0 -> new Key("NOT " + one.text, one.passes.negate());
        case 1 -> new Key("OR " + one.text + " " + other.text, one.passes.or(other.passes));
        default -> new Key("(" + one.text + " " + other.text + ")", one.passes.and(other.passes));
      };
    }
    return leaf();
  }

  private Key leaf() {
    String word = any(WORDS).substring(0, 1 + random.nextInt(1));
    String flag = any(FLAGS);
    LocalDate day = LocalDate.of(2026, 3, 1 + random.nextInt(9));
    int number = 1 + random.nextInt(MESSAGES);
    return switch (random.nextInt(13)) {
      case 0 -> flagged(flag);
      case 1 -> flagged(any(FLAGS));
      case 2 -> new Key("SUBJECT " + word, it -> has(it.subject.text, word));
      case 3 -> new Key("FROM " + word, it -> has(it.from + "@example.net", word));
      case 4 -> new Key("TO " + word, it -> has(it.to + "@example.org", word));
      case 5 -> new Key("BODY " + word, it -> has(it.body, word));
      case 6 -> new Key("HEADER X-Number n" + number, it -> has("n" + it.number, "n" + number));
      case 7 -> new Key("SENTSINCE " + day.format(DAY), it -> !it.sent.isBefore(day));
      case 8 -> new Key("SENTBEFORE " + day.format(DAY), it -> it.sent.isBefore(day));
      case 9 -> new Key("SENTON " + day.format(DAY), it -> it.sent.equals(day));
      case 10 -> new Key("LARGER " + (100 + number), it -> it.text().length() > 100 + number);
      case 11 -> new Key(number + ":*", it -> it.number >= number || it.number == MESSAGES);
      default -> new Key("UID 1:" + number, it -> it.number <= number);
    };
  }

  private Key flagged(String flag) {
    boolean has = random.nextBoolean();
    String un = has ? "" : "UN";
    String text =
        flag.startsWith("\\")
            ? un + flag.substring(1).toUpperCase(Locale.ROOT)
            : un + "KEYWORD " + flag;
    return new Key(text, it -> it.flags.contains(flag) == has);
  }

  private static boolean has(String text, String part) {
    return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }

  private record Order(String text, Comparator<Letter> comparator) {}

  private Order order() {
    Order one =
        any(
            List.of(
                new Order("SUBJECT", Comparator.comparing(it -> upper(it.subject.base))),
                new Order("FROM", Comparator.comparing(it -> upper(it.from))),
                new Order("TO", Comparator.comparing(it -> upper(it.to))),
                new Order(
                    "DATE", Comparator.comparing(Letter::sent).thenComparingInt(Letter::hour)),
                new Order("SIZE", Comparator.comparingInt(it -> it.text().length())),
                new Order("CC", Comparator.comparingInt(_ -> 0)),
                new Order("ARRIVAL", Comparator.comparingInt(_ -> 0))));
    return random.nextBoolean() ? one : new Order("REVERSE " + one.text, one.comparator.reversed());
  }

  private static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  private static String numbers(List<Letter> letters) {
    return letters.stream().map(it -> " " + it.number).collect(Collectors.joining());
  }

  private String command(int count, List<Letter> letters) {
    Key key = key(0);
    List<Letter> found = letters.stream().filter(key.passes).toList();
    if (random.nextBoolean()) {
      return "C: t%d SEARCH %s\nS: * SEARCH%s\nS: t%d OK Searched\n"
          .formatted(count, key.text, numbers(found), count);
    }
    Order first = order();
    Order second = order();
    List<Letter> sorted = new ArrayList<>(found);
    sorted.sort(first.comparator.thenComparing(second.comparator));
    return "C: t%d SORT (%s %s) UTF-8 %s\nS: * SORT%s\nS: t%d OK Sorted\n"
        .formatted(count, first.text, second.text, key.text, numbers(sorted), count);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void findsAndSortsAsTheModelSays(long seed) {
    random = new Random(seed);
    List<Letter> letters = new ArrayList<>();
    try (var house = new ImapHouse(0, PlainTextLogins.LOOPBACK)) {
      for (int i = 1; i <= MESSAGES; i++) {
        Letter letter = letter(i);
        letters.add(letter);
        house.append("INBOX", letter.text(), letter.flags.toArray(String[]::new));
      }
      var script = new StringBuilder("S: ~.* Posthorn is here\n");
      script.append(Talk.login("")).append(Talk.select(""));
      for (int i = 0; i < COMMANDS; i++) {
        script.append(command(i, letters));
      }
      Talk.play(house, 8192, script.toString());
    }
  }
}
