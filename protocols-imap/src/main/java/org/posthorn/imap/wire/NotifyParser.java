package org.posthorn.imap.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.posthorn.imap.wire.ImapCommand.EventGroup;
import org.posthorn.imap.wire.ImapCommand.NotifyEvent;
import org.posthorn.imap.wire.ImapCommand.NotifyFilter;

/// NOTIFY (RFC 5465 §8).
final class NotifyParser {
  private static final int GROUPS_MAX = 50;
  private static final int MAILBOXES_MAX = 1_000;

  private final Tokens tokens;
  private final FetchParser fetch;

  NotifyParser(Tokens tokens, FetchParser fetch) {
    this.tokens = tokens;
    this.fetch = fetch;
  }

  ImapCommand.Notify notifying() throws IOException, ImapSyntaxException {
    tokens.space();
    switch (tokens.keyword()) {
      case "NONE" -> {
        return new ImapCommand.Notify(false, List.of());
      }
      case "SET" -> tokens.space();
      default -> throw new ImapSyntaxException("Expected SET or NONE");
    }
    boolean status = tokens.peek() != '(';
    if (status) {
      if (!tokens.keyword().equals("STATUS")) {
        throw new ImapSyntaxException("Expected STATUS or a group of events");
      }
      tokens.space();
    }
    List<EventGroup> groups = new ArrayList<>();
    do {
      groups.add(group());
      ImapParser.limit(groups.size(), GROUPS_MAX);
    } while (tokens.accept(' '));
    if (groups.stream().filter(group -> group.filter().ofSelected()).count() > 1) {
      throw new ImapSyntaxException("SELECTED stands there twice");
    }
    return new ImapCommand.Notify(status, groups);
  }

  private EventGroup group() throws IOException, ImapSyntaxException {
    tokens.expect('(');
    NotifyFilter filter = filter(tokens.keyword());
    tokens.space();
    List<String> mailboxes = List.of();
    if (filter == NotifyFilter.SUBTREE || filter == NotifyFilter.MAILBOXES) {
      mailboxes = mailboxes();
      tokens.space();
    }
    Set<NotifyEvent> events = EnumSet.noneOf(NotifyEvent.class);
    List<FetchItem> items = new ArrayList<>();
    if (tokens.accept('(')) {
      events(events, items);
    } else if (!tokens.keyword().equals("NONE")) {
      throw new ImapSyntaxException("Expected events or NONE");
    }
    tokens.expect(')');
    check(filter, events, items);
    return new EventGroup(filter, mailboxes, events, items);
  }

  private static NotifyFilter filter(String name) throws ImapSyntaxException {
    return Arrays.stream(NotifyFilter.values())
        .filter(filter -> filter.name().replace('_', '-').equals(name))
        .findFirst()
        .orElseThrow(() -> new ImapSyntaxException("Unknown choice of mailboxes"));
  }

  private List<String> mailboxes() throws IOException, ImapSyntaxException {
    if (!tokens.accept('(')) {
      return List.of(tokens.mailbox());
    }
    List<String> names = new ArrayList<>();
    do {
      names.add(tokens.mailbox());
      ImapParser.limit(names.size(), MAILBOXES_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return names;
  }

  private void events(Set<NotifyEvent> events, List<FetchItem> items)
      throws IOException, ImapSyntaxException {
    boolean more;
    do {
      NotifyEvent event = event(tokens.keyword());
      events.add(event);
      more = tokens.accept(' ');
      if (more && event == NotifyEvent.MESSAGE_NEW && tokens.peek() == '(') {
        items.addAll(fetch.items());
        more = tokens.accept(' ');
      }
    } while (more);
    tokens.expect(')');
  }

  /// RFC 5465 §3.1: what is not known is refused with NO and a list of what is.
  private static NotifyEvent event(String name) throws ImapSyntaxException {
    return Arrays.stream(NotifyEvent.values())
        .filter(event -> event.text().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() ->
            new ImapSyntaxException(
                ImapAnswer.no(
                    new ResponseCode.BadEvent(
                        Arrays.stream(NotifyEvent.values()).map(NotifyEvent::text).toList()),
                    "Such events are not told here")));
  }

  /// RFC 5465 §5, §8.
  private static void check(NotifyFilter filter, Set<NotifyEvent> events, List<FetchItem> items)
      throws ImapSyntaxException {
    boolean arrivals = events.contains(NotifyEvent.MESSAGE_NEW);
    if (arrivals != events.contains(NotifyEvent.MESSAGE_EXPUNGE)) {
      throw new ImapSyntaxException("MessageNew and MessageExpunge go together");
    }
    if (events.contains(NotifyEvent.FLAG_CHANGE) && !arrivals) {
      throw new ImapSyntaxException("FlagChange needs MessageNew and MessageExpunge");
    }
    if (!filter.ofSelected() && !items.isEmpty()) {
      throw new ImapSyntaxException("Only of the selected mailbox new messages are fetched");
    }
    if (filter.ofSelected() && !events.stream().allMatch(NotifyEvent::ofMessages)) {
      throw new ImapSyntaxException("Of the selected mailbox only messages are told");
    }
  }
}
