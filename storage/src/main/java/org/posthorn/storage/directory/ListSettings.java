package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.message.MailAddress;

/// How a mailing list works. Written and read as names and words, which is also how it is stored,
/// so a program that knows more settings reads what an older one wrote.
///
/// | name | what it says |
/// |---|---|
/// | `title` | what the list is called, for `List-Id` and the subject of answers |
/// | `posting` | who may post at once: `anyone`, `members`, `moderators` |
/// | `others` | what becomes of posts of everybody else: `hold`, `refuse`, `drop` |
/// | `joining` | who may subscribe: `open` (whoever confirms it by mail), `closed` |
/// | `moderators` | their addresses, with commas between; they are the owners too |
/// | `subject-tag` | what is put in front of subjects |
/// | `reply-to` | where answers go: `sender`, `list` |
/// | `rewrite-from` | when From becomes the address of the list: `dmarc`, `always`, `never` |
/// | `max-bytes` | larger posts are refused; `0`: none is |
/// | `archive` | an address that gets a copy of each post, such as a shared mailbox |
/// | `footer` | a text below each post |
/// | `bounce-days` | on how many days mail to a member must come back |
/// | `bouncing` | what becomes of the member then: `suspend`, `remove` |
/// | `tell-sender` | whether somebody whose post waits is told so: `yes`, `no` |
public record ListSettings(
    String title,
    Posting posting,
    Others others,
    Joining joining,
    List<MailAddress> moderators,
    String subjectTag,
    ReplyTo replyTo,
    RewriteFrom rewriteFrom,
    long maxBytes,
    Optional<MailAddress> archive,
    String footer,
    int bounceDays,
    Bouncing bouncing,
    boolean tellSender) {
  public static final ListSettings STANDARD =
      new ListSettings(
          "",
          Posting.MEMBERS,
          Others.HOLD,
          Joining.OPEN,
          List.of(),
          "",
          ReplyTo.SENDER,
          RewriteFrom.DMARC,
          10L << 20,
          Optional.empty(),
          "",
          5,
          Bouncing.SUSPEND,
          true);

  private static final int MODERATORS_MAX = 100;
  private static final int LINE_MAX = 200;
  private static final int FOOTER_MAX = 4_000;

  public enum Posting {
    ANYONE,
    MEMBERS,
    MODERATORS
  }

  public enum Others {
    HOLD,
    REFUSE,
    DROP
  }

  public enum Joining {
    OPEN,
    CLOSED
  }

  public enum ReplyTo {
    SENDER,
    LIST
  }

  public enum RewriteFrom {
    DMARC,
    ALWAYS,
    NEVER
  }

  public enum Bouncing {
    SUSPEND,
    REMOVE
  }

  public ListSettings {
    moderators = List.copyOf(moderators);
    check(moderators.size() <= MODERATORS_MAX, "A list has at most %d moderators", MODERATORS_MAX);
    check(isLine(title), "'title' is one line of at most %d characters", LINE_MAX);
    check(isLine(subjectTag), "'subject-tag' is one line of at most %d characters", LINE_MAX);
    check(footer.length() <= FOOTER_MAX, "'footer' has at most %d characters", FOOTER_MAX);
    check(bounceDays >= 1 && bounceDays <= 1_000, "'bounce-days' is %d to 1000", 1);
    check(maxBytes >= 0, "'max-bytes' is %d or more", 0);
  }

  private static void check(boolean right, String text, int limit) {
    if (!right) {
      throw new DirectoryException.NotPermitted(text.formatted(limit));
    }
  }

  private static boolean isLine(String text) {
    return text.length() <= LINE_MAX && text.chars().noneMatch(Character::isISOControl);
  }

  /// With these settings changed. Throws [DirectoryException.NotPermitted] for a name or a word
  /// that is none.
  public ListSettings with(Map<String, String> changes) {
    Map<String, String> all = toMap();
    changes.forEach((name, word) -> {
      if (all.replace(name, word.strip()) == null) {
        throw new DirectoryException.NotPermitted(
            "A list has no setting '%s': there are %s"
                .formatted(name, String.join(", ", all.keySet())));
      }
    });
    return read(all);
  }

  /// In the order of the table.
  public Map<String, String> toMap() {
    var all = new LinkedHashMap<String, String>();
    all.put("title", title);
    all.put("posting", word(posting));
    all.put("others", word(others));
    all.put("joining", word(joining));
    all.put(
        "moderators",
        moderators.stream().map(MailAddress::toString).collect(Collectors.joining(",")));
    all.put("subject-tag", subjectTag);
    all.put("reply-to", word(replyTo));
    all.put("rewrite-from", word(rewriteFrom));
    all.put("max-bytes", Long.toString(maxBytes));
    all.put("archive", archive.map(MailAddress::toString).orElse(""));
    all.put("footer", footer);
    all.put("bounce-days", Integer.toString(bounceDays));
    all.put("bouncing", word(bouncing));
    all.put("tell-sender", tellSender ? "yes" : "no");
    return all;
  }

  private static ListSettings read(Map<String, String> all) {
    var words = new Words(all);
    return new ListSettings(
        words.text("title"),
        words.choice("posting", Posting.values()),
        words.choice("others", Others.values()),
        words.choice("joining", Joining.values()),
        words.addresses("moderators"),
        words.text("subject-tag"),
        words.choice("reply-to", ReplyTo.values()),
        words.choice("rewrite-from", RewriteFrom.values()),
        words.number("max-bytes"),
        words.address("archive"),
        words.text("footer"),
        (int) Math.min(words.number("bounce-days"), Integer.MAX_VALUE),
        words.choice("bouncing", Bouncing.values()),
        words.yes("tell-sender"));
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  private record Words(Map<String, String> all) {
    String text(String name) {
      return all.getOrDefault(name, "");
    }

    <E extends Enum<E>> E choice(String name, E[] choices) {
      List<String> known = new ArrayList<>();
      for (E choice : choices) {
        if (word(choice).equals(text(name).toLowerCase(Locale.ROOT))) {
          return choice;
        }
        known.add(word(choice));
      }
      throw wrong(name, "one of " + String.join(", ", known));
    }

    boolean yes(String name) {
      return switch (text(name).toLowerCase(Locale.ROOT)) {
        case "yes", "true" -> true;
        case "no", "false" -> false;
        default -> throw wrong(name, "yes or no");
      };
    }

    long number(String name) {
      try {
        return Long.parseLong(text(name));
      } catch (NumberFormatException _) {
        throw wrong(name, "a number");
      }
    }

    Optional<MailAddress> address(String name) {
      List<MailAddress> found = addresses(name);
      if (found.size() > 1) {
        throw wrong(name, "one address");
      }
      return found.stream().findFirst();
    }

    List<MailAddress> addresses(String name) {
      List<MailAddress> found = new ArrayList<>();
      for (String one : text(name).split("[,\\s]+", -1)) {
        if (!one.isEmpty()) {
          found.add(MailAddress.parse(one).orElseThrow(() -> wrong(name, "an address")));
        }
      }
      return found;
    }

    private DirectoryException wrong(String name, String expected) {
      return new DirectoryException.NotPermitted(
          "'%s' is '%s', but should be %s".formatted(name, text(name), expected));
    }
  }
}
