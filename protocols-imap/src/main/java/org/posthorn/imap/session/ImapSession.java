package org.posthorn.imap.session;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.imap.command.AccessControl;
import org.posthorn.imap.command.Append;
import org.posthorn.imap.command.Caller;
import org.posthorn.imap.command.CopyMove;
import org.posthorn.imap.command.DecodedPlaces;
import org.posthorn.imap.command.Expunge;
import org.posthorn.imap.command.Fetch;
import org.posthorn.imap.command.ListMailboxes;
import org.posthorn.imap.command.ManageMailboxes;
import org.posthorn.imap.command.Metadata;
import org.posthorn.imap.command.MultiSearch;
import org.posthorn.imap.command.OpenMailbox;
import org.posthorn.imap.command.Place;
import org.posthorn.imap.command.Quotas;
import org.posthorn.imap.command.Search;
import org.posthorn.imap.command.Status;
import org.posthorn.imap.command.Store;
import org.posthorn.imap.command.TextOrder;
import org.posthorn.imap.command.Threading;
import org.posthorn.imap.command.UidBatches;
import org.posthorn.imap.command.UrlAuth;
import org.posthorn.imap.view.MailboxGone;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.Extension;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapParser;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.Language;
import org.posthorn.imap.wire.MailboxNameText;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.SearchReturn;
import org.posthorn.net.Connection;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.content.ContentDamaged;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's conversation, confined to the connection's thread.
public final class ImapSession {
  private static final Logger log = LoggerFactory.getLogger(ImapSession.class);

  /// A command with its argument literals (not messages): sets of UIDs may be long.
  private static final int COMMAND_MAX_BYTES = 64 * 1024;

  private static final int COMMAND_BEFORE_LOGIN_MAX_BYTES = 16 * 1024;

  private final Connection connection;
  private final Services services;
  private final SessionRules rules;
  private final ImapParser parser;
  private final Login login;
  private final Capabilities capabilities;
  private final Notifying notifying = new Notifying();
  private final Waiting waiting;
  private final Mistakes mistakes = new Mistakes();
  private final DecodedPlaces places = new DecodedPlaces();
  private State state = new State.NotAuthenticated(0);
  private Language language = Language.I_DEFAULT;

  /// Until when somebody must have logged in, while nobody has.
  private long loginDeadlineNanos;

  /// What follows the answer to the present command is compressed.
  private boolean compresses;

  public ImapSession(Connection connection, Services services, SessionRules rules) {
    this.connection = connection;
    this.services = services;
    this.rules = rules;
    this.parser = new ImapParser(connection.input(), this::goAhead);
    this.waiting = new Waiting(connection, parser, rules, notifying, this::writer);
    this.login = new Login(connection, services, rules);
    this.capabilities = new Capabilities(connection, rules, services.sasl());
    this.loginDeadlineNanos = System.nanoTime() + rules.loginTimeout().toNanos();
  }

  /// Serves the client until it goes or must go.
  public void run() throws IOException {
    var writer = new ImapWriter(connection.output());
    writer.text("* OK [CAPABILITY ").text(capabilities.in(state));
    writer.text("] Posthorn is here").endLine();
    writer.drain();
    while (!(state instanceof State.Ended)) {
      serveOne();
    }
  }

  /// Reads one command, carries it out and answers it.
  private void serveOne() throws IOException {
    ImapWriter writer = writer();
    String tag = "*";
    ImapAnswer answer;
    try {
      Duration limit = waitingLimit();
      connection.readTimeout(limit);
      waiting.forCommand(state);
      tag = parser.tag(budget(), limit);
      answer = answer(tag, parser.command(), writer);
    } catch (ImapSyntaxException e) {
      answer = mistakes.after(tag, e, state instanceof State.NotAuthenticated);
    } catch (SocketTimeoutException _) {
      answer = ImapAnswer.bye("Nothing was heard for too long");
    }
    if (!(answer instanceof ImapAnswer.Bye) && !skipRest()) {
      answer = ImapAnswer.bye(ResponseCode.Plain.TOOBIG, "That is too long");
    }
    answer.write(tag, writer);
    writer.drain();
    if (answer instanceof ImapAnswer.Bye) {
      state = new State.Ended();
    }
    if (state instanceof State.StartingTls(int failedLogins)) {
      connection.output().flush();
      connection.startTls();
      // Who asked for it may have been somebody in between (RFC 5255 §7).
      language = Language.I_DEFAULT;
      state = new State.NotAuthenticated(failedLogins);
    }
    if (compresses && !connection.compressed()) {
      connection.startCompression();
    } else if (!compresses) {
      connection.endCompression();
    }
  }

  private boolean skipRest() throws IOException {
    try {
      return parser.skipRest();
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  /// Whatever goes wrong in a command ends as an answer, with no half response before it.
  private ImapAnswer answer(String tag, ImapCommand command, ImapWriter writer)
      throws IOException, ImapSyntaxException {
    mistakes.understood();
    log.atDebug().addKeyValue("command", command.getClass().getSimpleName()).log("command");
    try {
      ImapAnswer answer;
      try {
        answer = carryOut(tag, command, writer);
      } catch (MailboxException e) {
        answer = Refusals.answer(command, e);
      }
      mistakes.answered(answer);
      if (state instanceof State.Selected(var user, var mailbox)) {
        answer = tellAfter(command, answer, mailbox, caller(mailbox, user, writer));
      }
      return mistakes.tooMany(state instanceof State.NotAuthenticated)
          ? Mistakes.farewell()
          : answer;
    } catch (MailboxException e) {
      return whole(writer, Refusals.answer(command, e));
    } catch (MailboxGone _) {
      return whole(writer, ImapAnswer.bye("The mailbox was deleted, or may not be read any more"));
    } catch (ContentDamaged e) {
      return whole(writer, Refusals.unreadable(command, e));
    } catch (RuntimeException e) {
      return whole(writer, Refusals.failure(command, e, connection.id()));
    }
  }

  /// What was done stays done, and is not to be done again, when its news cannot be told now: they
  /// come with the next command.
  private ImapAnswer tellAfter(
      ImapCommand command, ImapAnswer answer, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    try {
      notifying.tellAfter(command, answer, mailbox, caller);
      return answer;
    } catch (StorageUnavailable e) {
      log.atWarn().setCause(e).log("news wait");
      return whole(caller.writer(), answer);
    }
  }

  private static ImapAnswer whole(ImapWriter writer, ImapAnswer answer) throws IOException {
    if (!writer.takeBackUnfinished()) {
      throw new IOException("A response was cut off");
    }
    return answer;
  }

  private ImapAnswer carryOut(String tag, ImapCommand command, ImapWriter writer)
      throws IOException, ImapSyntaxException {
    return switch (command) {
      case ImapCommand.AnyState c -> inAnyState(c, writer);
      case ImapCommand.NotAuthenticated c
          when state instanceof State.NotAuthenticated(int failedLogins) ->
          notAuthenticated(c, failedLogins);
      case ImapCommand.NotAuthenticated _ -> ImapAnswer.bad("You have logged in already");
      case ImapCommand.Authenticated c when state instanceof State.Authenticated(var user) ->
          authenticated(tag, c, user, caller(user, writer));
      case ImapCommand.Authenticated c when state instanceof State.Selected(var user, _) ->
          authenticated(tag, c, user, caller(user, writer));
      case ImapCommand.Authenticated _ -> ImapAnswer.bad("Log in first");
      case ImapCommand.Selected c when isUidRequired(c) -> UidOnly.REFUSAL;
      case ImapCommand.Selected c when state instanceof State.Selected(var user, var mailbox) -> {
        if (!(c instanceof ImapCommand.Close)) {
          var _ = mailbox.requireReadable();
        }
        Caller caller = caller(mailbox, user, writer);
        notifying.tellBefore(c, mailbox, caller);
        yield selected(tag, c, mailbox, user, caller);
      }
      case ImapCommand.Selected _ -> ImapAnswer.bad("Select a mailbox first");
    };
  }

  private ImapAnswer inAnyState(ImapCommand.AnyState command, ImapWriter writer)
      throws IOException {
    return switch (command) {
      case ImapCommand.Capability _ -> {
        writer.text("* CAPABILITY ").text(capabilities.in(state)).endLine();
        yield ImapAnswer.ok("Listed");
      }
      case ImapCommand.Noop _ -> ImapAnswer.ok("Done");
      case ImapCommand.Speak c -> speak(c, writer);
      case ImapCommand.Id(var fields) -> {
        capabilities.clientSays(fields);
        writer.text("* ID (\"name\" \"Posthorn\")").endLine();
        if (!capabilities.hidden(state).isEmpty()) {
          // It was told more before we knew who it is.
          writer.text("* CAPABILITY ").text(capabilities.in(state)).endLine();
        }
        yield ImapAnswer.ok("Pleased to meet you");
      }
      case ImapCommand.Logout _ -> {
        ImapAnswer.bye("Until next time").write("*", writer);
        state = new State.Ended();
        yield ImapAnswer.ok("Logged out");
      }
    };
  }

  private ImapAnswer notAuthenticated(ImapCommand.NotAuthenticated command, int failedLogins)
      throws IOException, ImapSyntaxException {
    return switch (command) {
      case ImapCommand.StartTls _ when connection.tlsAvailable() -> {
        state = new State.StartingTls(failedLogins);
        yield ImapAnswer.ok("Begin TLS now");
      }
      case ImapCommand.StartTls _ -> ImapAnswer.bad("There is no TLS to start");
      case ImapCommand.Login c -> outcome(login.login(c), failedLogins);
      case ImapCommand.Authenticate c -> outcome(login.authenticate(c, parser), failedLogins);
    };
  }

  private ImapAnswer outcome(Login.Outcome outcome, int failedLogins) {
    return switch (outcome) {
      case Login.Outcome.In(var user) -> {
        state = new State.Authenticated(user);
        yield ImapAnswer.ok(new ResponseCode.Capability(capabilities.in(state)), "Logged in");
      }
      case Login.Outcome.Out(var answer, boolean guess) when !guess -> answer;
      case Login.Outcome.Out(var answer, _) -> {
        state = new State.NotAuthenticated(failedLogins + 1);
        pause(rules.loginFailureDelay());
        yield failedLogins + 1 >= rules.loginFailuresMax()
            ? ImapAnswer.bye("Too many wrong logins")
            : answer;
      }
    };
  }

  private ImapAnswer authenticated(
      String tag, ImapCommand.Authenticated command, State.LoggedIn user, Caller caller)
      throws IOException, ImapSyntaxException {
    long maxBytes = rules.messageMaxBytes();
    return switch (command) {
      case ImapCommand.Enable c -> enable(c, user, caller.writer());
      case ImapCommand.Select c -> select(c, user, caller);
      case ImapCommand.Create c -> ManageMailboxes.create(c, caller);
      case ImapCommand.Delete c -> delete(c, user, caller);
      case ImapCommand.Rename c -> ManageMailboxes.rename(c, caller);
      case ImapCommand.Subscribe c -> ManageMailboxes.subscribe(c, caller);
      case ImapCommand.ListMailboxes c -> {
        if (c.statusItems().contains(ImapCommand.StatusItem.HIGHESTMODSEQ)) {
          nowEnabled(user.with(Extension.CONDSTORE), caller.writer());
        }
        yield new ListMailboxes(caller, maxBytes).list(c);
      }
      case ImapCommand.Lsub c -> new ListMailboxes(caller, maxBytes).lsub(c);
      case ImapCommand.Namespace _ -> {
        tellNamespaces(caller.writer());
        yield ImapAnswer.ok("Listed");
      }
      case ImapCommand.Status c -> {
        if (c.items().contains(ImapCommand.StatusItem.HIGHESTMODSEQ)) {
          nowEnabled(user.with(Extension.CONDSTORE), caller.writer());
        }
        yield new Status(caller, maxBytes).run(c);
      }
      case ImapCommand.Append c ->
          Append.run(c, readableMailbox(), rules.messageMaxBytes(), services.contents(), caller);
      case ImapCommand.Unauthenticate _ -> {
        state = new State.NotAuthenticated(0);
        loginDeadlineNanos = System.nanoTime() + rules.loginTimeout().toNanos();
        parser.enabled(Set.of());
        compresses = false;
        notifying.forget();
        language = Language.I_DEFAULT;
        yield ImapAnswer.ok("Who are you");
      }
      case ImapCommand.Compress _ when compresses -> ImapAnswer.bad("It is compressed already");
      case ImapCommand.Compress _ -> {
        compresses = true;
        yield ImapAnswer.ok("Compressed from here on");
      }
      case ImapCommand.MultiSearch c
          when user.has(Extension.UIDONLY) && UidOnly.names(c.program().key()) ->
          UidOnly.REFUSAL;
      case ImapCommand.MultiSearch c ->
          new MultiSearch(tag, c, readableMailbox(), caller, services.search()).run();
      case ImapCommand.Notify c -> notifying.set(c, state.selected(), caller);
      case ImapCommand.Idle _ -> waiting.idle(user, state.selected(), caller.writer());
      case ImapCommand.Comparator c -> comparator(c, user, caller.writer());
      case ImapCommand.GetQuota c -> quotas(caller).get(c);
      case ImapCommand.GetQuotaRoot c -> quotas(caller).roots(c);
      case ImapCommand.SetQuota c -> quotas(caller).set(c);
      case ImapCommand.SetAcl c -> access(caller).set(c);
      case ImapCommand.DeleteAcl c -> access(caller).delete(c);
      case ImapCommand.GetAcl c -> access(caller).get(c);
      case ImapCommand.ListRights c -> access(caller).list(c);
      case ImapCommand.MyRights c -> access(caller).mine(c);
      case ImapCommand.GetMetadata c -> new Metadata(caller).get(c);
      case ImapCommand.SetMetadata c -> new Metadata(caller).set(c);
      case ImapCommand.ResetKey c -> urls(caller).reset(c);
      case ImapCommand.GenUrlAuth c -> urls(caller).generate(c);
      case ImapCommand.UrlFetch c -> urls(caller).fetch(c);
    };
  }

  /// RFC 2342 §5, with what they are called in the client's language (RFC 5255 §3.4).
  private void tellNamespaces(ImapWriter writer) throws IOException {
    writer.text("* NAMESPACE ((\"\" \"/\"))");
    for (String prefix : List.of(Place.OTHERS, Place.SHARED)) {
      writer.text(" ((\"" + prefix + "\" \"/\"");
      String called = language.say(prefix);
      if (!called.equals(prefix)) {
        writer.text(" \"TRANSLATION\" (").string(MailboxNameText.encode(called)).raw(')');
      }
      writer.text("))");
    }
    writer.endLine();
  }

  private ImapAnswer speak(ImapCommand.Speak command, ImapWriter writer) throws IOException {
    if (command.ranges().isEmpty()) {
      String all = Stream.of(Language.values()).map(Language::tag).collect(Collectors.joining(" "));
      writer.text("* LANGUAGE (").text(all).raw(')').endLine();
      return ImapAnswer.ok("These are the languages");
    }
    Optional<Language> spoken = Language.of(command.ranges());
    if (spoken.isEmpty()) {
      return ImapAnswer.no("That language is not spoken here");
    }
    language = spoken.get();
    writer.text("* LANGUAGE (").text(language.tag()).raw(')').endLine();
    writer.speaking(language);
    if (state.loggedIn().isPresent()) {
      tellNamespaces(writer);
    }
    return ImapAnswer.ok("This language from here on");
  }

  private Quotas quotas(Caller caller) {
    return new Quotas(services.directory(), capabilities.setsQuotas(state), caller);
  }

  private UrlAuth urls(Caller caller) {
    return new UrlAuth(services.vouchedTexts(), places, caller);
  }

  private AccessControl access(Caller caller) {
    return new AccessControl(services.sharing(), caller);
  }

  private ImapAnswer selected(
      String tag,
      ImapCommand.Selected command,
      SelectedMailbox mailbox,
      State.LoggedIn user,
      Caller caller)
      throws IOException, ImapSyntaxException {
    ImapAnswer answer =
        switch (command) {
          case ImapCommand.Check _ -> ImapAnswer.ok("Checked");
          case ImapCommand.Close(boolean expunging) -> {
            if (expunging) {
              Expunge.onClose(mailbox, caller);
            }
            state = new State.Authenticated(user);
            yield ImapAnswer.ok("Closed");
          }
          case ImapCommand.Expunge c -> Expunge.run(c, mailbox, caller);
          case ImapCommand.Search c ->
              new Search(tag, mailbox, caller, services.search()).search(told(c, user));
          case ImapCommand.Sort c -> new Search(tag, mailbox, caller, services.search()).sort(c);
          case ImapCommand.CancelUpdate c -> Search.cancel(c, mailbox);
          case ImapCommand.UidBatches c -> UidBatches.run(tag, c, mailbox, caller);
          case ImapCommand.Threads c -> Threading.run(tag, c, mailbox, caller, services.search());
          case ImapCommand.Fetch c when c.vanished() && !user.has(Extension.QRESYNC) ->
              ImapAnswer.bad("ENABLE QRESYNC first");
          case ImapCommand.Fetch c -> Fetch.run(c, mailbox, caller, places);
          case ImapCommand.Store c -> Store.run(c, mailbox, caller);
          case ImapCommand.Replace c ->
              Append.replace(c, mailbox, rules.messageMaxBytes(), services.contents(), caller);
          case ImapCommand.Copy c -> CopyMove.copy(c, mailbox, services.contents(), caller);
          case ImapCommand.Move c -> CopyMove.move(c, mailbox, services.contents(), caller);
        };
    if (mailbox.dialect().withModSeq() && state instanceof State.Selected) {
      state = new State.Selected(user.with(Extension.CONDSTORE), mailbox);
    }
    return answer;
  }

  /// RFC 5161 §3.1: what is enabled now and was not before.
  private ImapAnswer enable(ImapCommand.Enable command, State.LoggedIn user, ImapWriter writer)
      throws IOException {
    Set<Extension> wanted = EnumSet.noneOf(Extension.class);
    command.capabilities().forEach(name -> Extension.of(name).ifPresent(wanted::add));
    Set<String> hidden = capabilities.hidden(state);
    wanted.removeIf(one -> hidden.contains(one.text().toUpperCase(Locale.ROOT)));
    writer.text("* ENABLED");
    State.LoggedIn now = user;
    for (Extension extension : wanted) {
      writer.raw(' ').text(extension.text());
      now = now.with(extension);
    }
    writer.endLine();
    nowEnabled(now, writer);
    return ImapAnswer.ok("Enabled");
  }

  /// RFC 5255 §4.7.
  private ImapAnswer comparator(
      ImapCommand.Comparator command, State.LoggedIn user, ImapWriter writer) throws IOException {
    List<TextOrder> found;
    try {
      found =
          command.wanted().isEmpty() ? List.of(user.order()) : TextOrder.matching(command.wanted());
    } catch (IllegalArgumentException e) {
      return ImapAnswer.bad(String.valueOf(e.getMessage()));
    }
    if (found.isEmpty()) {
      return ImapAnswer.no(ResponseCode.Plain.BADCOMPARATOR, "There is no such comparator here");
    }
    nowEnabled(user.with(found.getFirst()), writer);
    writer.text("* COMPARATOR ").astring(found.getFirst().text());
    for (int i = 0; i < found.size() && found.size() > 1; i++) {
      writer.text(i == 0 ? " (" : " ").astring(found.get(i).text());
    }
    writer.text(found.size() > 1 ? ")" : "").endLine();
    return ImapAnswer.ok("Texts are compared so");
  }

  /// What the client has enabled counts from here on.
  private void nowEnabled(State.LoggedIn user, ImapWriter writer) throws IOException {
    parser.enabled(user.enabled());
    if (state instanceof State.Selected(_, var mailbox)) {
      mailbox.enable(user.enabled(), writer);
      state = new State.Selected(user, mailbox);
    } else {
      state = new State.Authenticated(user);
    }
  }

  /// What was selected is no more, even if this fails (RFC 3501 §6.3.1).
  private ImapAnswer select(ImapCommand.Select command, State.LoggedIn before, Caller caller)
      throws IOException {
    if (command.resync().isPresent() && !before.has(Extension.QRESYNC)) {
      return ImapAnswer.bad("ENABLE QRESYNC first");
    }
    if (before.has(Extension.UIDONLY)
        && command.resync().flatMap(ImapCommand.Resync::match).isPresent()) {
      return UidOnly.REFUSAL;
    }
    if (state instanceof State.Selected) {
      // RFC 7162 §3.2.11: what follows is of the other mailbox.
      caller.writer().text("* OK [CLOSED] ").words("The mailbox is closed").endLine();
    }
    State.LoggedIn user = command.condstore() ? before.with(Extension.CONDSTORE) : before;
    state = new State.Authenticated(user);
    SelectedMailbox mailbox = OpenMailbox.run(command, user.enabled(), caller);
    if (user.has(Extension.IMAP4REV2)) {
      new ListMailboxes(caller, rules.messageMaxBytes()).tellSelected(command.mailbox());
    }
    state = new State.Selected(user, mailbox);
    return mailbox.isWritable()
        ? ImapAnswer.ok(ResponseCode.Plain.READ_WRITE, "Selected")
        : ImapAnswer.ok(ResponseCode.Plain.READ_ONLY, "Selected");
  }

  /// Who deletes the mailbox that it has selected has none selected.
  private ImapAnswer delete(ImapCommand.Delete command, State.LoggedIn user, Caller caller) {
    var gone = ManageMailboxes.delete(command, caller);
    if (state instanceof State.Selected(_, var mailbox)
        && mailbox.id().equals(gone.info().id())
        && mailbox.account().id().equals(gone.account().id())) {
      state = new State.Authenticated(user);
    }
    return ImapAnswer.ok("Deleted");
  }

  /// RFC 9051 §6.4.4: who speaks IMAP4rev2 is told by ESEARCH, of all where it did not say.
  private static ImapCommand.Search told(ImapCommand.Search command, State.LoggedIn user) {
    return command.returning().isPresent() || !user.has(Extension.IMAP4REV2)
        ? command
        : new ImapCommand.Search(
            Optional.of(SearchReturn.EVERYTHING), command.program(), command.byUid());
  }

  private boolean isUidRequired(ImapCommand.Selected command) {
    return state instanceof State.Selected(var user, _)
        && user.has(Extension.UIDONLY)
        && UidOnly.refuses(command);
  }

  private void goAhead() throws IOException {
    connection.output().write("+ Go ahead\r\n");
  }

  private ImapWriter writer() {
    boolean utf8 = state.loggedIn().map(State.LoggedIn::utf8).orElse(false);
    return new ImapWriter(connection.output(), utf8).speaking(language);
  }

  /// Of a command about the selected mailbox.
  static Caller caller(SelectedMailbox mailbox, State.LoggedIn user, ImapWriter writer) {
    return new Caller(mailbox.account(), user.visitor(), user.actor(), writer, user.order());
  }

  static Caller caller(State.LoggedIn user, ImapWriter writer) {
    return new Caller(user.account(), user.visitor(), user.actor(), writer, user.order());
  }

  /// Where a command may read besides what it names.
  private Optional<SelectedMailbox> readableMailbox() {
    return state
        .selected()
        .map(mailbox -> {
          var _ = mailbox.requireReadable();
          return mailbox;
        });
  }

  private int budget() {
    return state instanceof State.NotAuthenticated
        ? COMMAND_BEFORE_LOGIN_MAX_BYTES
        : COMMAND_MAX_BYTES;
  }

  /// How long the next command may take to come.
  private Duration waitingLimit() {
    if (!(state instanceof State.NotAuthenticated)) {
      return rules.idleTimeout();
    }
    long left = loginDeadlineNanos - System.nanoTime();
    return Duration.ofNanos(Math.max(left, 1_000_000));
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
