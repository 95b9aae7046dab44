package org.posthorn.imap.session;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.posthorn.imap.command.Caller;
import org.posthorn.imap.command.Notifications;
import org.posthorn.imap.view.News;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.Extension;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.share.Visitor;

/// What a session tells its client unasked: the news of the selected mailbox, until the client says
/// by NOTIFY what else, or what not (RFC 5465). Used by one thread at a time: the connection's, or
/// the one that tells while that one waits.
final class Notifying {
  private static final ImapCommand.Notify NONE = new ImapCommand.Notify(false, List.of());

  private Optional<Notifications> wanted = Optional.empty();

  /// As it is before the first NOTIFY.
  void forget() {
    wanted = Optional.empty();
  }

  /// Whether something is told also between two commands.
  boolean always() {
    return wanted.isPresent() && wanted.get().wantsAnything();
  }

  /// Whose changes may be told, but for the selected mailbox.
  List<Account> accounts(Visitor visitor) {
    return wanted.map(notifications -> notifications.accounts(visitor)).orElse(List.of());
  }

  /// NOTIFY. What is new in the selected mailbox is told first (RFC 5465 §3.1).
  ImapAnswer set(ImapCommand.Notify command, Optional<SelectedMailbox> selected, Caller caller)
      throws IOException {
    Optional<Notifications> now = Notifications.start(command, caller);
    if (now.isEmpty()) {
      return ImapAnswer.no(
          ResponseCode.Plain.NOTIFICATIONOVERFLOW, "There are too many mailboxes to watch all");
    }
    if (selected.isPresent() && !command.groups().isEmpty()) {
      selected.get().tellNews(caller.writer(), News.of(News.Extent.ALL, false));
    }
    if (command.status()) {
      now.get().tellStatus(selected, caller);
    }
    now.get().tellClosed(caller);
    wanted = now;
    return ImapAnswer.ok("As you wish");
  }

  /// What a command reads is told before, as far as it may be. What changes messages tells it
  /// itself, in one step with its own change; and `*` must not reach a message that the client did
  /// not know of.
  void tellBefore(ImapCommand.Selected command, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    boolean reads =
        switch (command) {
          case ImapCommand.Search _,
              ImapCommand.Sort _,
              ImapCommand.Threads _,
              ImapCommand.UidBatches _,
              ImapCommand.Fetch _ ->
              true;
          case ImapCommand.Check _,
              ImapCommand.CancelUpdate _,
              ImapCommand.Close _,
              ImapCommand.Expunge _,
              ImapCommand.Store _,
              ImapCommand.Replace _,
              ImapCommand.Copy _,
              ImapCommand.Move _ ->
              false;
        };
    if (reads) {
      News.Extent extent = command.byUid() ? News.Extent.ALL : News.Extent.ADDITIONS;
      tell(mailbox, News.of(extent, command.byUid()), UidSet.of(), false, caller);
    }
  }

  /// Tells what is new when a command is done, its own doing among it.
  void tellAfter(ImapCommand command, ImapAnswer answer, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    boolean byUid = command instanceof ImapCommand.Selected c && c.byUid();
    boolean mayRenumber = !(command instanceof ImapCommand.Selected c) || c.mayRenumber();
    boolean removes =
        command instanceof ImapCommand.Expunge
            || command instanceof ImapCommand.Move
            || command instanceof ImapCommand.Replace;
    News.Extent extent = mayRenumber ? News.Extent.ALL : News.Extent.ADDITIONS;
    tell(mailbox, News.of(extent, byUid), made(command, answer, mailbox), removes, caller);
  }

  /// Tells the news of the selected mailbox before or after a command; `own`: UIDs of messages that
  /// it has made; `removes`: EXPUNGE responses are its answer.
  private void tell(SelectedMailbox mailbox, News news, UidSet own, boolean removes, Caller caller)
      throws IOException {
    if (wanted.isEmpty() || (removes && !wanted.get().ofSelected())) {
      mailbox.tellNews(caller.writer(), news);
    } else {
      wanted.get().tellSelected(mailbox, news, own, caller);
    }
  }

  /// Tells all that is wanted while the connection waits, in IDLE or between two commands.
  void tellNow(
      boolean idling, Optional<SelectedMailbox> selected, State.LoggedIn user, ImapWriter writer)
      throws IOException {
    Caller caller = ImapSession.caller(user, writer);
    if (selected.isPresent()) {
      News.Extent extent =
          idling || wanted.isEmpty() ? News.Extent.ALL : wanted.get().betweenCommands();
      Caller there = ImapSession.caller(selected.get(), user, writer);
      tell(selected.get(), News.of(extent, false), UidSet.of(), false, there);
    }
    if (wanted.isPresent()
        && !wanted.get().tellOthers(selected, user.has(Extension.CONDSTORE), caller)) {
      wanted = Notifications.start(NONE, caller);
    }
  }

  /// The UIDs of messages that a command has put into the selected mailbox.
  private static UidSet made(ImapCommand command, ImapAnswer answer, SelectedMailbox mailbox) {
    String into = "";
    if (command instanceof ImapCommand.Append append) {
      into = append.mailbox();
    } else if (command instanceof ImapCommand.Copy copy) {
      into = copy.mailbox();
    }
    ResponseCode code = answer.code().orElse(null);
    if (!mailbox.isNamed(into)) {
      return UidSet.of();
    } else if (code instanceof ResponseCode.AppendUid appended) {
      return uids(appended.uids());
    }
    return code instanceof ResponseCode.CopyUid copied ? uids(copied.to()) : UidSet.of();
  }

  private static UidSet uids(String set) {
    return UidSet.of(
        Stream.of(set.split(",", -1))
            .map(range -> range.split(":", -1))
            .flatMapToLong(ends ->
                LongStream.rangeClosed(
                    Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1])))
            .toArray());
  }
}
