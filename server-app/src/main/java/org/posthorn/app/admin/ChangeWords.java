package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.posthorn.message.Counted;
import org.posthorn.storage.account.Annotation;
import org.posthorn.storage.account.Change;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.QuotaLimits;
import org.posthorn.storage.account.UidSet;

/// Says in plain words what changes of an account did. The changes come newest first, so that each
/// mailbox has the name that it had then. Used by one thread.
final class ChangeWords {
  /// Stands in a sentence for the number of messages.
  private static final String MESSAGES = "#";

  /// More sentences of one change are counted, not told.
  private static final int TOLD_MAX = 6;

  private final Map<MailboxId, String> names = new HashMap<>();

  /// `now` are the mailboxes behind the newest change.
  ChangeWords(List<MailboxInfo> now) {
    now.forEach(mailbox -> names.put(mailbox.id(), mailbox.name().value()));
  }

  /// The sentences of a change, and whether it touched a mailbox.
  record Told(List<String> sentences, boolean touched) {}

  /// Tells the next older change. `mailbox` empty: any.
  Told tell(Change change, String mailbox) {
    for (Change.Event event : change.events()) {
      if (event instanceof Change.Deleted(var id, var name, _)) {
        names.put(id, name.value());
      }
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    change.events().forEach(event -> counts.merge(sentence(event), messages(event), Long::sum));
    boolean touched =
        mailbox.isEmpty() || change.events().stream().anyMatch(event -> touches(event, mailbox));
    for (Change.Event event : change.events().reversed()) {
      if (event instanceof Change.Renamed(var id, var from, _)) {
        names.put(id, from.value());
      }
    }
    return new Told(sentences(counts), touched);
  }

  private static List<String> sentences(Map<String, Long> counts) {
    List<String> sentences = new ArrayList<>();
    counts.forEach((sentence, count) -> {
      if (sentences.size() < TOLD_MAX) {
        sentences.add(sentence.replace(MESSAGES, Counted.of(count, "message")));
      }
    });
    if (counts.size() > TOLD_MAX) {
      sentences.add("and " + (counts.size() - TOLD_MAX) + " more");
    }
    return sentences;
  }

  private String sentence(Change.Event event) {
    return switch (event) {
      case Change.Created(_, var name) -> "created " + name;
      case Change.Renamed(_, var from, var to) -> "renamed " + from + " to " + to;
      case Change.Deleted(_, var name, _) -> "deleted " + name;
      case Change.Subscribed(var name, var on) ->
          (on ? "subscribed to " : "unsubscribed from ") + name;
      case Change.Appended(var in, _) -> "added # to " + name(in);
      case Change.Copied(var from, _, var to, _) ->
          "copied # from " + name(from) + " to " + name(to);
      case Change.Moved(var from, _, var to, _) -> "moved # from " + name(from) + " to " + name(to);
      case Change.Flagged(var in, _, var before, var after) -> flagged(name(in), before, after);
      case Change.Expunged(var from, _) -> "removed # from " + name(from);
      case Change.BroughtBack(var to, _) -> "brought back # to " + name(to);
      case Change.Restored(var version) -> "restored the state of version " + version;
      case Change.Repaired(var fixes) -> "repaired the account (" + Counted.of(fixes, "fix") + ")";
      case Change.UseSet(var of, _, var use) ->
          use.map(u -> "made " + name(of) + " the mailbox for " + u.attribute())
              .orElse("took the special use from " + name(of));
      case Change.RetentionSet(var of, _, var days) -> retention(name(of), days);
      case Change.Annotated(var note, _, var after) ->
          (after.isPresent() ? "noted " : "removed the note ")
              + note.entry()
              + (note.mailbox().equals(Annotation.WHOLE_ACCOUNT)
                  ? ""
                  : " at " + name(note.mailbox()));
      case Change.SeenBy(var in, _, _, var seen) ->
          (seen ? "read" : "marked as unread") + " # in " + name(in);
      case Change.AclSet(var of, var who, _, var after) ->
          after.isEmpty()
              ? "took all rights in %s from %s".formatted(name(of), who)
              : "gave %s the rights %s in %s".formatted(who, after, name(of));
      case Change.QuotaSet(_, var after) ->
          "set the quota to %s bytes and %s messages"
              .formatted(limit(after.bytes()), limit(after.messages()));
      case Change.Owned(_, var login) -> "named the owner " + login;
    };
  }

  private static String flagged(String mailbox, Flags before, Flags after) {
    List<String> added = new ArrayList<>(after.names());
    added.removeIf(before::has);
    List<String> removed = new ArrayList<>(before.names());
    removed.removeIf(after::has);
    String adds = "set " + String.join(" ", added) + " on # in " + mailbox;
    String removes = "removed " + String.join(" ", removed) + " from # in " + mailbox;
    if (removed.isEmpty()) {
      return adds;
    }
    return added.isEmpty()
        ? removes
        : "replaced %s by %s on # in %s"
            .formatted(String.join(" ", removed), String.join(" ", added), mailbox);
  }

  private static String retention(String mailbox, OptionalInt days) {
    return days.isPresent() && days.getAsInt() > 0
        ? "set messages of " + mailbox + " to stay for " + Counted.of(days.getAsInt(), "day")
        : "set no retention for " + mailbox;
  }

  private static String limit(long limit) {
    if (limit == QuotaLimits.UNLIMITED) {
      return "unlimited";
    }
    return limit == 0 ? "the default" : Long.toString(limit);
  }

  private static long messages(Change.Event event) {
    return uids(event).size();
  }

  /// The messages where they are after the event, or were before they went.
  private static UidSet uids(Change.Event event) {
    return switch (event) {
      case Change.Appended(_, var uids) -> uids;
      case Change.Copied(_, _, _, var uids) -> uids;
      case Change.Moved(_, _, _, var uids) -> uids;
      case Change.Flagged(_, var uids, _, _) -> uids;
      case Change.Expunged(_, var uids) -> uids;
      case Change.BroughtBack(_, var uids) -> uids;
      case Change.SeenBy(_, _, var uids, _) -> uids;
      case Change.Created _,
          Change.Renamed _,
          Change.Deleted _,
          Change.Subscribed _,
          Change.Restored _,
          Change.Repaired _,
          Change.UseSet _,
          Change.AclSet _,
          Change.Annotated _,
          Change.RetentionSet _,
          Change.QuotaSet _,
          Change.Owned _ ->
          UidSet.NONE;
    };
  }

  private boolean touches(Change.Event event, String mailbox) {
    return switch (event) {
      case Change.Created(_, var name) -> is(name, mailbox);
      case Change.Renamed(_, var from, var to) -> is(from, mailbox) || is(to, mailbox);
      case Change.Deleted(_, var name, _) -> is(name, mailbox);
      case Change.Subscribed(var name, _) -> is(name, mailbox);
      case Change.Appended(var in, _) -> name(in).equals(mailbox);
      case Change.Copied(var from, _, var to, _) ->
          name(from).equals(mailbox) || name(to).equals(mailbox);
      case Change.Moved(var from, _, var to, _) ->
          name(from).equals(mailbox) || name(to).equals(mailbox);
      case Change.Flagged(var in, _, _, _) -> name(in).equals(mailbox);
      case Change.Expunged(var from, _) -> name(from).equals(mailbox);
      case Change.BroughtBack(var to, _) -> name(to).equals(mailbox);
      case Change.UseSet(var of, _, _) -> name(of).equals(mailbox);
      case Change.RetentionSet(var of, _, _) -> name(of).equals(mailbox);
      case Change.AclSet(var of, _, _, _) -> name(of).equals(mailbox);
      case Change.SeenBy(var in, _, _, _) -> name(in).equals(mailbox);
      case Change.Annotated(var note, _, _) -> name(note.mailbox()).equals(mailbox);
      case Change.Restored _, Change.Repaired _ -> true;
      case Change.QuotaSet _, Change.Owned _ -> false;
    };
  }

  private static boolean is(MailboxName name, String mailbox) {
    return name.value().equals(mailbox);
  }

  private String name(MailboxId id) {
    return names.getOrDefault(id, "mailbox number " + id.value());
  }
}
