package org.posthorn.mailets.list;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// What a list writes itself: questions, answers and notes. They have no envelope sender and say
/// that a program wrote them, so no program answers them; and nobody gets many of them.
final class Letters {
  private static final int A_DAY_TO_ONE = 5;
  private static final int AN_HOUR_IN_ALL = 300;
  private static final int AN_HOUR_TO_OWNERS = 60;

  private final Services services;
  private final Memory memory;

  Letters(Services services) {
    this.services = services;
    this.memory = services.memory("lists");
  }

  /// Answers somebody, unless he had many answers today: then false. Who answers it writes to
  /// `from`.
  boolean answer(
      Mail about, MailingList list, MailAddress to, MailAddress from, String subject, String text) {
    boolean may = mayAnswer(list, to);
    if (may) {
      send(about, list, List.of(to), from, subject, text);
    }
    return may;
  }

  /// Whether somebody gets one more answer, which counts as given.
  boolean mayAnswer(MailingList list, MailAddress to) {
    return mayHave("one " + list.id() + " " + person(to), Duration.ofDays(1), A_DAY_TO_ONE)
        && mayHave("all " + list.id(), Duration.ofHours(1), AN_HOUR_IN_ALL);
  }

  /// The same for a member who wants to leave. There are only so many of those, and strangers who
  /// ask for much must not keep them in the list.
  boolean mayAskToLeave(MailingList list, MailAddress member) {
    return mayHave("leave " + list.id() + " " + person(member), Duration.ofDays(1), A_DAY_TO_ONE);
  }

  /// Whether a post may be sent back to whom it names as its sender: not many to one in a day, nor
  /// to all in an hour.
  boolean maySendBack(MailingList list, MailAddress to) {
    return mayHave("back one " + list.id() + " " + person(to), Duration.ofDays(1), A_DAY_TO_ONE)
        && mayHave("back all " + list.id(), Duration.ofHours(1), AN_HOUR_IN_ALL);
  }

  /// Tells those who run the list, so many times in an hour.
  void tellOwners(Mail about, MailingList list, MailAddress from, String subject, String text) {
    if (list.settings().moderators().isEmpty()) {
      return;
    }
    List<MailAddress> owners = owners(list);
    int number = next("owners " + list.id(), Duration.ofHours(1), AN_HOUR_TO_OWNERS);
    if (number > 0) {
      boolean last = number == AN_HOUR_TO_OWNERS;
      send(about, list, owners, from, subject, last ? text + leftOut(list) : text);
    }
  }

  /// Tells those who run the list that no more posts can wait; once a day.
  void tellFull(Mail about, MailingList list) {
    if (list.settings().moderators().isEmpty()
        || !mayHave("full " + list.id(), Duration.ofDays(1), 1)) {
      return;
    }
    String text =
        """
        %d posts to %s wait for you. As long as there are so many, posts of others who
        may not post at once are sent back. What waits, and how to decide about it:

          posthorn list held %s
          posthorn list approve %s POST
          posthorn list reject %s POST

        Where it is a flood of adverts, others=refuse or others=drop lets nothing wait:

          posthorn list set %s others=refuse
        """
            .replace("%d", Integer.toString(ListDesk.HELD_MAX))
            .replace("%s", list.address().toString());
    send(about, list, owners(list), list.address(Role.OWNER), "No more posts can wait", text);
  }

  /// Tells those who run the list, or the postmaster where nobody does, that its archive does not
  /// take a post; once a day. `why` is what came back.
  void tellArchiveFails(Mail about, MailingList list, MailAddress archive, String why) {
    if (!mayHave("archive " + list.id(), Duration.ofDays(1), 1)) {
      return;
    }
    send(
        about,
        list,
        owners(list),
        list.address(Role.OWNER),
        "The archive takes no posts",
        """
        A post to %1$s did not get into the archive of the list, %2$s:

          %3$s

        There is at most one such letter in a day; other posts may be missing too. When the
        archive is mended, nothing else is needed. To have another one, or none:

          posthorn list set %1$s archive=ADDRESS
          posthorn list set %1$s archive=
        """
            .formatted(list.address(), archive, why));
  }

  /// Those who run the list and are still there, or the postmaster.
  private List<MailAddress> owners(MailingList list) {
    List<MailAddress> there =
        list.settings().moderators().stream()
            .filter(one -> !(services.directory().find(one) instanceof Directory.Nobody))
            .toList();
    return there.isEmpty() ? List.of(postmaster(list)) : there;
  }

  /// Of the list's domain, or of the server.
  private MailAddress postmaster(MailingList list) {
    var own = new MailAddress("postmaster", list.address().domain());
    return services.directory().find(own) instanceof Directory.Nobody
        ? new MailAddress("postmaster", Domain.of(services.hostname()))
        : own;
  }

  private static String leftOut(MailingList list) {
    return """

    This was letter %d about this list within an hour, and the last one until that hour is
    over. What else waits, and who gets no more mail:

      posthorn list held %s
      posthorn list members %s
    """
        .formatted(AN_HOUR_TO_OWNERS, list.address(), list.address());
  }

  /// Case makes nobody another.
  private static String person(MailAddress address) {
    return address.toString().toLowerCase(Locale.ROOT);
  }

  private boolean mayHave(String key, Duration within, int most) {
    return next(key, within, most) > 0;
  }

  /// Which letter it is of those within such a time; 0 when there were so many already.
  private int next(String key, Duration within, int most) {
    String window = Long.toString(services.clock().millis() / within.toMillis());
    var number = new AtomicInteger();
    var _ =
        memory.update(
            key.length() <= 200 ? key : key.substring(0, 200),
            within.multipliedBy(2),
            before -> {
              int had = before.map(text -> count(text, window)).orElse(0);
              number.set(had < most ? had + 1 : 0);
              return had < most ? Optional.of(window + " " + (had + 1)) : before;
            });
    return number.get();
  }

  private static int count(String text, String window) {
    String[] words = text.split(" ", -1);
    return words.length == 2 && words[0].equals(window) ? Integer.parseInt(words[1]) : 0;
  }

  /// Without asking whether it may.
  void send(
      Mail about,
      MailingList list,
      List<MailAddress> to,
      MailAddress from,
      String subject,
      String text) {
    String purpose = "list " + list.id() + " to " + to + " " + subject.hashCode();
    String header =
        HeaderText.line("From", ListHeaders.written(ListHeaders.title(list), from))
            + HeaderText.line(
                "To", to.size() == 1 ? "<" + to.getFirst() + ">" : list.address(Role.OWNER) + "")
            + HeaderText.line("Subject", HeaderText.withoutControls(subject))
            + HeaderText.line("Date", MailDate.format(services.clock().instant()))
            + HeaderText.line(
                "Message-ID",
                "<%s.%s@%s>"
                    .formatted(
                        about.id(), Integer.toHexString(purpose.hashCode()), services.hostname()))
            + "Auto-Submitted: auto-generated\r\n"
            + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Transfer-Encoding: 8bit\r\n\r\n";
    String body = text.strip().replace("\r", "").replace("\n", "\r\n") + "\r\n";
    var _ =
        services
            .submission()
            .submit(
                about.id(),
                purpose,
                Optional.empty(),
                to.stream().map(Letters::silent).toList(),
                new ByteArrayInputStream((header + body).getBytes(StandardCharsets.UTF_8)));
  }

  private static Recipient silent(MailAddress address) {
    return new Recipient(address, Optional.empty(), Set.of(Recipient.Notify.NEVER));
  }
}
