package org.posthorn.imap.wire;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.posthorn.net.WireInput;

/// Recursive descent over the bytes of one command (RFC 3501 §9). Methods have the names of the
/// grammar's rules. Confined to the connection's thread.
///
/// Every loop over a client's bytes has a budget: the bytes of a command, and the counts below.
public final class ImapParser {
  private static final int RANGES_MAX = 10_000;
  private static final int FLAGS_MAX = 200;
  private static final int ID_FIELDS_MAX = 30;
  private static final int NAMES_MAX = 50;

  private final Tokens tokens;
  private final FetchParser fetch;
  private final SearchParser search;
  private final ListParser list;
  private final MetadataParser metadata;
  private final DateParser dates;
  private final NotifyParser notify;
  private final UrlParser urls;

  public ImapParser(WireInput input, Continuation continuation) {
    tokens = new Tokens(input, continuation);
    dates = new DateParser(tokens);
    fetch = new FetchParser(tokens);
    search = new SearchParser(tokens, dates, fetch, this::sequenceSet);
    metadata = new MetadataParser(tokens);
    list = new ListParser(tokens, metadata);
    notify = new NotifyParser(tokens, fetch);
    urls = new UrlParser(tokens);
  }

  /// What the client has enabled, from now on.
  public void enabled(Set<Extension> extensions) {
    tokens.enabled(extensions);
  }

  /// Starts a command that may have this many bytes, its argument literals included, and may take
  /// this long from now on, and reads its tag.
  public String tag(int commandMaxBytes, Duration limit) throws IOException, ImapSyntaxException {
    tokens.begin(commandMaxBytes, limit);
    String tag = tokens.tag();
    tokens.space();
    return tag;
  }

  /// The command that follows a tag. All of it is read, but for the message of an APPEND.
  public ImapCommand command() throws IOException, ImapSyntaxException {
    return switch (tokens.keyword()) {
      case "CAPABILITY" -> end(new ImapCommand.Capability());
      case "NOOP" -> end(new ImapCommand.Noop());
      case "LOGOUT" -> end(new ImapCommand.Logout());
      case "ID" -> end(new ImapCommand.Id(idParameters()));
      case "LANGUAGE" -> language();
      case "STARTTLS" -> end(new ImapCommand.StartTls());
      case "AUTHENTICATE" -> authenticate();
      case "LOGIN" -> end(new ImapCommand.Login(astring(), astring()));
      case "ENABLE" -> enable();
      case "SELECT" -> select(false);
      case "EXAMINE" -> select(true);
      case "CREATE" -> create();
      case "DELETE" -> end(new ImapCommand.Delete(mailbox()));
      case "RENAME" -> end(new ImapCommand.Rename(mailbox(), mailbox()));
      case "SUBSCRIBE" -> end(new ImapCommand.Subscribe(mailbox(), true));
      case "UNSUBSCRIBE" -> end(new ImapCommand.Subscribe(mailbox(), false));
      case "LIST" -> end(list.list());
      case "LSUB" -> end(list.lsub());
      case "NAMESPACE" -> end(new ImapCommand.Namespace());
      case "STATUS" -> status();
      case "APPEND" -> append();
      case "IDLE" -> end(new ImapCommand.Idle());
      case "COMPRESS" -> compress();
      case "NOTIFY" -> end(notify.notifying());
      case "GETQUOTA" -> end(new ImapCommand.GetQuota(astring()));
      case "GETQUOTAROOT" -> end(new ImapCommand.GetQuotaRoot(mailbox()));
      case "SETQUOTA" -> setQuota();
      case "SETACL" -> end(new ImapCommand.SetAcl(mailbox(), astring(), astring()));
      case "DELETEACL" -> end(new ImapCommand.DeleteAcl(mailbox(), astring()));
      case "GETACL" -> end(new ImapCommand.GetAcl(mailbox()));
      case "LISTRIGHTS" -> end(new ImapCommand.ListRights(mailbox(), astring()));
      case "MYRIGHTS" -> end(new ImapCommand.MyRights(mailbox()));
      case "GETMETADATA" -> end(metadata.get());
      case "SETMETADATA" -> end(metadata.set());
      case "RESETKEY" -> end(urls.resetKey());
      case "GENURLAUTH" -> end(urls.genUrlAuth());
      case "URLFETCH" -> end(urls.urlFetch());
      case "CHECK" -> end(new ImapCommand.Check());
      case "CLOSE" -> end(new ImapCommand.Close(true));
      case "UNSELECT" -> end(new ImapCommand.Close(false));
      case "EXPUNGE" -> end(new ImapCommand.Expunge(Optional.empty()));
      case "REPLACE" -> replace(false);
      case "UNAUTHENTICATE" -> end(new ImapCommand.Unauthenticate());
      case "SEARCH" -> end(search.search(false));
      case "SORT" -> end(search.sort(false));
      case "THREAD" -> end(search.threads(false));
      case "ESEARCH" -> end(search.multiSearch());
      case "CANCELUPDATE" -> cancelUpdate();
      case "UIDBATCHES" -> uidBatches();
      case "COMPARATOR" -> comparator();
      case "FETCH" -> fetch(false);
      case "STORE" -> store(false);
      case "COPY" -> copy(false);
      case "MOVE" -> move(false);
      case "UID" -> uid();
      default -> throw new ImapSyntaxException("Unknown command");
    };
  }

  /// The line that ends IDLE (RFC 2177 §3).
  public void done(Duration limit) throws IOException, ImapSyntaxException {
    tokens.begin(64, limit);
    if (!tokens.restOfLine().toUpperCase(Locale.ROOT).equals("DONE")) {
      throw new ImapSyntaxException("Expected DONE");
    }
  }

  /// A line of an AUTHENTICATE exchange, not decoded.
  public String authenticationLine(int maxBytes, Duration limit)
      throws IOException, ImapSyntaxException {
    tokens.begin(maxBytes, limit);
    return tokens.restOfLine();
  }

  /// Leaves what is unread of the command. False when that is too much and the connection should
  /// end.
  public boolean skipRest() throws IOException {
    return tokens.skipRest();
  }

  private ImapCommand uid() throws IOException, ImapSyntaxException {
    tokens.space();
    return switch (tokens.keyword()) {
      case "FETCH" -> fetch(true);
      case "STORE" -> store(true);
      case "COPY" -> copy(true);
      case "MOVE" -> move(true);
      case "REPLACE" -> replace(true);
      case "SEARCH" -> end(search.search(true));
      case "SORT" -> end(search.sort(true));
      case "THREAD" -> end(search.threads(true));
      case "EXPUNGE" -> {
        tokens.space();
        yield end(new ImapCommand.Expunge(Optional.of(sequenceSet())));
      }
      default -> throw new ImapSyntaxException("Unknown UID command");
    };
  }

  private ImapCommand authenticate() throws IOException, ImapSyntaxException {
    tokens.space();
    String mechanism = tokens.keyword();
    if (!tokens.accept(' ')) {
      return end(new ImapCommand.Authenticate(mechanism, Optional.empty()));
    }
    return new ImapCommand.Authenticate(mechanism, Optional.of(tokens.restOfLine()));
  }

  private ImapCommand enable() throws IOException, ImapSyntaxException {
    List<String> capabilities = new ArrayList<>();
    while (tokens.accept(' ')) {
      capabilities.add(tokens.keyword());
      limit(capabilities.size(), NAMES_MAX);
    }
    if (capabilities.isEmpty()) {
      throw new ImapSyntaxException("Expected a capability");
    }
    return end(new ImapCommand.Enable(capabilities));
  }

  private ImapCommand setQuota() throws IOException, ImapSyntaxException {
    String root = astring();
    tokens.space();
    tokens.expect('(');
    Map<String, Long> limits = new LinkedHashMap<>();
    while (!tokens.accept(')')) {
      if (!limits.isEmpty()) {
        tokens.space();
      }
      String resource = tokens.keyword();
      tokens.space();
      limits.put(resource, tokens.modSequence());
      limit(limits.size(), NAMES_MAX);
    }
    return end(new ImapCommand.SetQuota(root, limits));
  }

  private ImapCommand language() throws IOException, ImapSyntaxException {
    List<String> ranges = new ArrayList<>();
    while (tokens.accept(' ')) {
      ranges.add(tokens.astring());
      limit(ranges.size(), NAMES_MAX);
    }
    return end(new ImapCommand.Speak(ranges));
  }

  private ImapCommand compress() throws IOException, ImapSyntaxException {
    tokens.space();
    if (!tokens.keyword().equals("DEFLATE")) {
      throw new ImapSyntaxException("Only DEFLATE is known");
    }
    return end(new ImapCommand.Compress());
  }

  private ImapCommand select(boolean readOnly) throws IOException, ImapSyntaxException {
    String mailbox = mailbox();
    boolean condstore = false;
    Optional<ImapCommand.Resync> resync = Optional.empty();
    if (tokens.accept(' ')) {
      tokens.expect('(');
      do {
        switch (tokens.keyword()) {
          case "CONDSTORE" -> condstore = true;
          case "QRESYNC" -> resync = Optional.of(resync());
          default -> throw new ImapSyntaxException("Unknown parameter");
        }
      } while (tokens.accept(' '));
      tokens.expect(')');
    }
    return end(new ImapCommand.Select(mailbox, readOnly, condstore, resync));
  }

  /// RFC 7162 §7 `select-param`, behind its name.
  private ImapCommand.Resync resync() throws IOException, ImapSyntaxException {
    tokens.space();
    tokens.expect('(');
    long uidValidity = tokens.nzNumber();
    tokens.space();
    long modSeq = tokens.modSequence();
    Optional<SequenceSet> known = Optional.empty();
    Optional<ImapCommand.Match> match = Optional.empty();
    boolean more = tokens.accept(' ');
    if (more && tokens.atDigit()) {
      known = Optional.of(sequenceSet());
      more = tokens.accept(' ');
    }
    if (more) {
      tokens.expect('(');
      SequenceSet numbers = sequenceSet();
      tokens.space();
      match = Optional.of(new ImapCommand.Match(numbers, sequenceSet()));
      tokens.expect(')');
    }
    tokens.expect(')');
    return new ImapCommand.Resync(uidValidity, modSeq, known, match);
  }

  private ImapCommand create() throws IOException, ImapSyntaxException {
    String mailbox = mailbox();
    List<String> uses = new ArrayList<>();
    if (tokens.accept(' ')) {
      tokens.expect('(');
      if (!tokens.keyword().equals("USE")) {
        throw new ImapSyntaxException("Unknown parameter");
      }
      tokens.space();
      uses.addAll(flagList());
      tokens.expect(')');
    }
    return end(new ImapCommand.Create(mailbox, uses));
  }

  private ImapCommand status() throws IOException, ImapSyntaxException {
    String mailbox = mailbox();
    tokens.space();
    Set<ImapCommand.StatusItem> items = list.statusItems();
    return end(new ImapCommand.Status(mailbox, items));
  }

  private ImapCommand append() throws IOException, ImapSyntaxException {
    String mailbox = mailbox();
    tokens.space();
    return new ImapCommand.Append(mailbox, new AppendMessages(this, tokens, true));
  }

  private ImapCommand replace(boolean byUid) throws IOException, ImapSyntaxException {
    tokens.space();
    SequenceSet message = sequenceSet();
    String mailbox = mailbox();
    tokens.space();
    return new ImapCommand.Replace(
        message, mailbox, new AppendMessages(this, tokens, false), byUid);
  }

  /// For [AppendMessages]: whether another message follows; else the command ends here.
  boolean another() throws IOException, ImapSyntaxException {
    tokens.more();
    if (tokens.accept(' ') && tokens.peek() != '\r' && tokens.peek() != '\n') {
      return true;
    }
    tokens.lineEnd();
    return false;
  }

  /// For [AppendMessages].
  List<String> optionalFlags() throws IOException, ImapSyntaxException {
    if (tokens.peek() != '(') {
      return List.of();
    }
    List<String> flags = flagList();
    tokens.space();
    return flags;
  }

  /// For [AppendMessages].
  Optional<Instant> optionalDate() throws IOException, ImapSyntaxException {
    if (tokens.peek() != '"') {
      return Optional.empty();
    }
    Instant date = dates.dateTime();
    tokens.space();
    return Optional.of(date);
  }

  /// For [AppendMessages]: what follows, its name and parenthesis read.
  AppendMessages.Form form() throws IOException, ImapSyntaxException {
    if (!tokens.atLetter()) {
      return AppendMessages.Form.LITERAL;
    }
    var form =
        switch (tokens.keyword()) {
          case "CATENATE" -> AppendMessages.Form.CATENATE;
          case "UTF8" -> AppendMessages.Form.UTF8;
          default -> throw new ImapSyntaxException("Expected a literal, CATENATE or UTF8");
        };
    tokens.space();
    tokens.expect('(');
    return form;
  }

  private ImapCommand fetch(boolean byUid) throws IOException, ImapSyntaxException {
    tokens.space();
    SequenceSet messages = sequenceSet();
    tokens.space();
    List<FetchItem> items = fetch.items();
    if (!tokens.accept(' ')) {
      return end(fetch(messages, items, new FetchModifiers(), byUid));
    }
    tokens.expect('(');
    String modifier = tokens.keyword();
    if (modifier.equals("LAZY") && items.equals(List.of(FetchItem.Simple.PREVIEW))) {
      // RFC 8970 §3.2: that of the item, not of the command. What there is takes no time.
      tokens.expect(')');
      modifier = tokens.accept(' ') && tokens.accept('(') ? tokens.keyword() : "";
    }
    var modifiers = new FetchModifiers();
    if (!modifier.isEmpty()) {
      modifiers.read(modifier, byUid);
      tokens.expect(')');
    }
    return end(fetch(messages, items, modifiers, byUid));
  }

  private static ImapCommand.Fetch fetch(
      SequenceSet messages, List<FetchItem> items, FetchModifiers modifiers, boolean byUid) {
    return new ImapCommand.Fetch(
        messages, items, modifiers.changedSince, modifiers.vanished, modifiers.partial, byUid);
  }

  /// RFC 4466 §6.1 `fetch-modifiers`, each at most once.
  private final class FetchModifiers {
    private OptionalLong changedSince = OptionalLong.empty();
    private boolean vanished;
    private Optional<SearchReturn.Partial> partial = Optional.empty();

    void read(String firstName, boolean byUid) throws IOException, ImapSyntaxException {
      String name = firstName;
      while (!name.isEmpty()) {
        if (name.equals("CHANGEDSINCE") && changedSince.isEmpty()) {
          tokens.space();
          changedSince = OptionalLong.of(tokens.modSequence());
        } else if (name.equals("VANISHED") && byUid && !vanished) {
          vanished = true;
        } else if (name.equals("PARTIAL") && byUid && partial.isEmpty()) {
          partial = Optional.of(search.partial());
        } else {
          throw new ImapSyntaxException("Unknown modifier");
        }
        name = tokens.accept(' ') ? tokens.keyword() : "";
      }
      if (vanished && changedSince.isEmpty()) {
        throw new ImapSyntaxException("VANISHED goes with CHANGEDSINCE");
      }
    }
  }

  /// RFC 5267 §5 `command-select`.
  private ImapCommand comparator() throws IOException, ImapSyntaxException {
    List<String> wanted = new ArrayList<>();
    while (tokens.accept(' ')) {
      wanted.add(tokens.astring());
      limit(wanted.size(), NAMES_MAX);
    }
    return end(new ImapCommand.Comparator(wanted));
  }

  private ImapCommand cancelUpdate() throws IOException, ImapSyntaxException {
    List<String> tags = new ArrayList<>();
    while (tokens.accept(' ')) {
      tags.add(tokens.string());
      limit(tags.size(), NAMES_MAX);
    }
    if (tags.isEmpty()) {
      throw new ImapSyntaxException("Expected a tag");
    }
    return end(new ImapCommand.CancelUpdate(tags));
  }

  private ImapCommand uidBatches() throws IOException, ImapSyntaxException {
    tokens.space();
    long size = tokens.nzNumber();
    if (!tokens.accept(' ')) {
      return end(new ImapCommand.UidBatches(size, 1, Long.MAX_VALUE));
    }
    long first = tokens.nzNumber();
    tokens.expect(':');
    return end(new ImapCommand.UidBatches(size, first, tokens.nzNumber()));
  }

  private ImapCommand store(boolean byUid) throws IOException, ImapSyntaxException {
    tokens.space();
    SequenceSet messages = sequenceSet();
    tokens.space();
    OptionalLong unchangedSince = OptionalLong.empty();
    if (tokens.peek() == '(') {
      unchangedSince = OptionalLong.of(modifier("UNCHANGEDSINCE"));
      tokens.space();
    }
    var mode = ImapCommand.StoreMode.REPLACE;
    if (tokens.accept('+')) {
      mode = ImapCommand.StoreMode.ADD;
    } else if (tokens.accept('-')) {
      mode = ImapCommand.StoreMode.REMOVE;
    }
    boolean silent =
        switch (tokens.keyword()) {
          case "FLAGS" -> false;
          case "FLAGS.SILENT" -> true;
          default -> throw new ImapSyntaxException("Only flags can be stored");
        };
    tokens.space();
    List<String> flags = tokens.peek() == '(' ? flagList() : bareFlags();
    return end(new ImapCommand.Store(messages, mode, silent, flags, unchangedSince, byUid));
  }

  private ImapCommand copy(boolean byUid) throws IOException, ImapSyntaxException {
    tokens.space();
    return end(new ImapCommand.Copy(sequenceSet(), mailbox(), byUid));
  }

  private ImapCommand move(boolean byUid) throws IOException, ImapSyntaxException {
    tokens.space();
    return end(new ImapCommand.Move(sequenceSet(), mailbox(), byUid));
  }

  /// RFC 4466 §6.1: the only modifier of its kind, with its number.
  private long modifier(String name) throws IOException, ImapSyntaxException {
    tokens.expect('(');
    if (!tokens.keyword().equals(name)) {
      throw new ImapSyntaxException("Unknown modifier");
    }
    tokens.space();
    long value = tokens.modSequence();
    tokens.expect(')');
    return value;
  }

  private Map<String, String> idParameters() throws IOException, ImapSyntaxException {
    tokens.space();
    if (tokens.peek() != '(') {
      nil();
      return Map.of();
    }
    tokens.expect('(');
    Map<String, String> fields = new LinkedHashMap<>();
    while (!tokens.accept(')')) {
      if (!fields.isEmpty()) {
        tokens.space();
      }
      String name = tokens.string();
      tokens.space();
      fields.put(name, tokens.peek() == '"' || tokens.peek() == '{' ? tokens.string() : nil());
      limit(fields.size(), ID_FIELDS_MAX);
    }
    return fields;
  }

  private String nil() throws IOException, ImapSyntaxException {
    if (!tokens.keyword().equals("NIL")) {
      throw new ImapSyntaxException("Expected NIL");
    }
    return "";
  }

  private List<String> flagList() throws IOException, ImapSyntaxException {
    tokens.expect('(');
    if (tokens.accept(')')) {
      return List.of();
    }
    List<String> flags = bareFlags();
    tokens.expect(')');
    return flags;
  }

  private List<String> bareFlags() throws IOException, ImapSyntaxException {
    List<String> flags = new ArrayList<>();
    do {
      flags.add(tokens.flag());
      limit(flags.size(), FLAGS_MAX);
    } while (tokens.accept(' '));
    return flags;
  }

  private SequenceSet sequenceSet() throws IOException, ImapSyntaxException {
    List<SequenceSet.Range> ranges = new ArrayList<>();
    boolean withSaved = false;
    do {
      if (tokens.accept('$')) {
        withSaved = true;
        continue;
      }
      long first = seqNumber();
      long last = tokens.accept(':') ? seqNumber() : first;
      ranges.add(new SequenceSet.Range(first, last));
      limit(ranges.size(), RANGES_MAX);
    } while (tokens.accept(','));
    return new SequenceSet(ranges, withSaved);
  }

  private long seqNumber() throws IOException, ImapSyntaxException {
    return tokens.accept('*') ? SequenceSet.STAR : tokens.nzNumber();
  }

  private String astring() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.astring();
  }

  private String mailbox() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.mailbox();
  }

  private <C extends ImapCommand> C end(C command) throws IOException, ImapSyntaxException {
    tokens.lineEnd();
    return command;
  }

  static void limit(int count, int max) throws ImapSyntaxException {
    if (count > max) {
      throw new ImapSyntaxException(ImapAnswer.bad(ResponseCode.Plain.LIMIT, "Too many arguments"));
    }
  }
}
