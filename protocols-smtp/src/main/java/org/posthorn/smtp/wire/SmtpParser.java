package org.posthorn.smtp.wire;

import static org.posthorn.smtp.wire.EnhancedStatus.ADDRESS_BEYOND_ASCII;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_ARGUMENTS;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_COMMAND;
import static org.posthorn.smtp.wire.EnhancedStatus.LOGIN_LINE_TOO_LONG;
import static org.posthorn.smtp.wire.EnhancedStatus.RECIPIENT_SYNTAX;
import static org.posthorn.smtp.wire.EnhancedStatus.SENDER_SYNTAX;
import static org.posthorn.smtp.wire.EnhancedStatus.SYNTAX;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.message.MailAddress;
import org.posthorn.message.OriginalRecipient;
import org.posthorn.message.Xtext;

/// Recursive descent over one command line, CRLF already removed (RFC 5321 §4.1). Pure: knows no
/// session and no policy, throws nothing but [SmtpSyntaxException]. Used by one thread.
public final class SmtpParser {
  /// The longest line that anything may be: a login (RFC 4954 §4).
  public static final int LOGIN_LINE_MAX = 12_288;

  /// The longest line of other commands. RFC 5321 §4.5.3.1.4 has 512 octets, and each extension
  /// adds its own: 26 for SIZE, 16 for BODY, 10 for SMTPUTF8, 500 for AUTH, 123 for RET and ENVID,
  /// 535 for NOTIFY and ORCPT.
  public static final int LINE_MAX = 2048;

  /// `Ann's PC`, `Büro`.
  private static final Pattern UNUSUAL_IN_NAMES = Pattern.compile("[ '&!#+]|[^\\x00-\\x7F]");

  private static final int ENVELOPE_ID_MAX = 100;
  private static final int CLIENT_NAME_MAX = 255;

  private static final SmtpReply BAD_SENDER =
      SmtpReply.of(501, SENDER_SYNTAX, "Sender address does not parse");
  private static final SmtpReply BAD_RECIPIENT =
      SmtpReply.of(501, RECIPIENT_SYNTAX, "Recipient address does not parse");

  private final Cursor line;
  private final Set<String> parameters = new HashSet<>();

  private SmtpParser(Cursor line) {
    this.line = line;
  }

  /// Reads the first `length` bytes of `line`; more than it has, where only the beginning of a line
  /// was kept that is too long for any command. What is wrong with a URL in the place of a chunk is
  /// no error of syntax: see [SmtpCommand.Burl].
  public static SmtpCommand parse(byte[] line, int length) throws SmtpSyntaxException {
    try {
      return read(line, length);
    } catch (SmtpSyntaxException e) {
      if (namesUrl(line, Math.min(length, line.length))) {
        return new SmtpCommand.Burl(Optional.empty(), false);
      }
      throw e;
    }
  }

  private static SmtpCommand read(byte[] line, int length) throws SmtpSyntaxException {
    if (length > line.length) {
      throw tooLong(line);
    }
    String text = text(line, length);
    var parser = new SmtpParser(new Cursor(text.stripTrailing()));
    String verb = Cursor.upper(parser.line.upTo(' ', ' '));
    if (length > LINE_MAX && !verb.equals("AUTH")) {
      throw tooLong(line);
    }
    return parser.command(verb);
  }

  private SmtpCommand command(String verb) throws SmtpSyntaxException {
    return switch (verb) {
      case "HELO" -> new SmtpCommand.Helo(clientName());
      case "EHLO" -> new SmtpCommand.Ehlo(clientName());
      case "LHLO" -> new SmtpCommand.Lhlo(clientName());
      case "MAIL" -> mail();
      case "RCPT" -> rcpt();
      case "DATA" -> alone(new SmtpCommand.Data());
      case "BDAT" -> bdat();
      case "BURL" -> burl();
      case "RSET" -> alone(new SmtpCommand.Rset());
      case "VRFY", "EXPN" -> inquiry(verb);
      case "XCLIENT" -> new SmtpCommand.Xclient(line.rest());
      case "HELP" -> new SmtpCommand.Help();
      case "NOOP" -> new SmtpCommand.Noop();
      case "QUIT" -> alone(new SmtpCommand.Quit());
      case "STARTTLS" -> alone(new SmtpCommand.StartTls());
      case "AUTH" -> auth();
      case "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH" ->
          new SmtpCommand.Http();
      default ->
          throw new SmtpSyntaxException(
              SmtpReply.of(500, INVALID_COMMAND, "Command not recognized"));
    };
  }

  /// RFC 5321 §4.1.1.1: a domain or an address literal; read generously, for mail programs send
  /// whatever their machine is called: what cannot stand in a header becomes `?`. What would have a
  /// meaning there is refused.
  private String clientName() throws SmtpSyntaxException {
    line.acceptSpaces();
    return clientName(line.rest())
        .orElseThrow(() -> badArguments("Expected the name of your host"));
  }

  /// As it may stand in a header; empty where it cannot.
  static Optional<String> clientName(String text) {
    return Optional.of(UNUSUAL_IN_NAMES.matcher(text).replaceAll("?"))
        .filter(SmtpParser::isClientName);
  }

  private SmtpCommand mail() throws SmtpSyntaxException {
    expect("FROM:");
    var paths = new Paths(line, BAD_SENDER);
    Optional<MailAddress> sender = paths.reversePath();
    List<String> words = line.words();
    OptionalLong sizeBytes = OptionalLong.empty();
    var body = SmtpCommand.Body.SEVEN_BIT;
    boolean smtpUtf8 = false;
    Optional<Boolean> returnFull = Optional.empty();
    Optional<String> envelopeId = Optional.empty();
    var asked = new AskedParameters(this::value, this::withoutValue);
    while (hasParameter()) {
      switch (keyword()) {
        case "SIZE" -> sizeBytes = OptionalLong.of(number(value()));
        case "BODY" -> body = body(value());
        case "SMTPUTF8" -> smtpUtf8 = withoutValue();
        case "RET" -> returnFull = Optional.of(returned(value()));
        case "ENVID" -> envelopeId = Optional.of(envelopeId(value()));
        case "AUTH" -> submitter(value());
        case String other -> asked.take(other);
      }
    }
    if (paths.isBeyondAscii() && !smtpUtf8) {
      throw new SmtpSyntaxException(
          SmtpReply.of(550, ADDRESS_BEYOND_ASCII, "This sender needs SMTPUTF8"));
    }
    return new SmtpCommand.Mail(
        sender, sizeBytes, body, smtpUtf8, returnFull, envelopeId, asked.asked(), words);
  }

  private SmtpCommand rcpt() throws SmtpSyntaxException {
    expect("TO:");
    var paths = new Paths(line, BAD_RECIPIENT);
    Optional<MailAddress> recipient = paths.forwardPath();
    boolean beyondAscii = paths.isBeyondAscii();
    Optional<String> originalRecipient = Optional.empty();
    Set<Notify> notifications = Set.of();
    while (hasParameter()) {
      switch (keyword()) {
        case "NOTIFY" -> notifications = notifications(value());
        case "ORCPT" -> {
          String value = value();
          beyondAscii |= !Cursor.isAscii(value);
          originalRecipient = OriginalRecipient.parse(value);
          if (originalRecipient.isEmpty()) {
            throw badValue();
          }
        }
        default -> throw unknownParameter();
      }
    }
    return new SmtpCommand.Rcpt(recipient, beyondAscii, originalRecipient, notifications);
  }

  /// RFC 3030 §2. What follows a line that is wrong may be the text of a message.
  private SmtpCommand bdat() throws SmtpSyntaxException {
    line.acceptSpaces();
    String size = line.upTo(' ', ' ');
    line.acceptSpaces();
    boolean last = line.accept("LAST");
    if (!line.atEnd() || !isNumber(size) || size.length() > 18) {
      throw new SmtpSyntaxException(
          SmtpReply.of(501, INVALID_ARGUMENTS, "Expected the size of the chunk"), true);
    }
    return new SmtpCommand.Bdat(Long.parseLong(size), last);
  }

  /// RFC 4468 §3.5.
  private SmtpCommand burl() {
    line.acceptSpaces();
    String url = line.upTo(' ', ' ');
    line.acceptSpaces();
    boolean last = line.accept("LAST");
    boolean wellFormed = !url.isEmpty() && line.atEnd() && Cursor.isAscii(url);
    return new SmtpCommand.Burl(wellFormed ? Optional.of(url) : Optional.empty(), last);
  }

  private SmtpCommand auth() throws SmtpSyntaxException {
    line.acceptSpaces();
    String mechanism = Cursor.upper(line.upTo(' ', ' '));
    line.acceptSpaces();
    String response = line.rest();
    if (mechanism.isEmpty() || response.indexOf(' ') >= 0) {
      throw badArguments("Expected a mechanism and at most one response");
    }
    return new SmtpCommand.Auth(
        mechanism, response.isEmpty() ? Optional.empty() : Optional.of(response));
  }

  private boolean hasParameter() throws SmtpSyntaxException {
    if (line.atEnd()) {
      return false;
    }
    if (!line.acceptSpaces()) {
      throw badArguments("Unexpected text behind the address");
    }
    return true;
  }

  private String keyword() throws SmtpSyntaxException {
    String keyword = Cursor.upper(line.upTo('=', ' '));
    if (!parameters.add(keyword)) {
      throw badArguments("The same parameter twice");
    }
    return keyword;
  }

  private String value() throws SmtpSyntaxException {
    String value = line.accept('=') ? line.upTo(' ', ' ') : "";
    if (value.isEmpty()) {
      throw badValue();
    }
    return value;
  }

  private boolean withoutValue() throws SmtpSyntaxException {
    if (line.peek() == '=') {
      throw badValue();
    }
    return true;
  }

  /// RFC 1870 §5: up to 20 digits; more than we can count is as good as the most.
  private static long number(String value) throws SmtpSyntaxException {
    if (!isNumber(value) || value.length() > 20) {
      throw badValue();
    }
    return value.length() > 18 ? Long.MAX_VALUE : Long.parseLong(value);
  }

  private static SmtpCommand.Body body(String value) throws SmtpSyntaxException {
    return switch (Cursor.upper(value)) {
      case "7BIT" -> SmtpCommand.Body.SEVEN_BIT;
      case "8BITMIME" -> SmtpCommand.Body.EIGHT_BIT;
      case "BINARYMIME" -> SmtpCommand.Body.BINARY;
      default -> throw badValue();
    };
  }

  private static boolean returned(String value) throws SmtpSyntaxException {
    return switch (Cursor.upper(value)) {
      case "FULL" -> true;
      case "HDRS" -> false;
      default -> throw badValue();
    };
  }

  private static String envelopeId(String value) throws SmtpSyntaxException {
    if (value.length() > ENVELOPE_ID_MAX) {
      throw badValue();
    }
    return Xtext.decode(value).orElseThrow(SmtpParser::badValue);
  }

  /// RFC 4954 §5: who submitted it elsewhere. Read, and not trusted.
  private static void submitter(String value) throws SmtpSyntaxException {
    if (!value.equals("<>") && Xtext.decode(value).isEmpty()) {
      throw badValue();
    }
  }

  private static Set<Notify> notifications(String value) throws SmtpSyntaxException {
    Set<Notify> notifications = EnumSet.noneOf(Notify.class);
    for (String word : value.split(",", 5)) {
      notifications.add(
          switch (Cursor.upper(word)) {
            case "NEVER" -> Notify.NEVER;
            case "SUCCESS" -> Notify.SUCCESS;
            case "FAILURE" -> Notify.FAILURE;
            case "DELAY" -> Notify.DELAY;
            default -> throw badValue();
          });
    }
    if (notifications.contains(Notify.NEVER) && notifications.size() > 1) {
      throw badValue();
    }
    return notifications;
  }

  private SmtpCommand alone(SmtpCommand command) throws SmtpSyntaxException {
    if (!line.atEnd()) {
      throw badArguments("No parameters expected");
    }
    return command;
  }

  /// RFC 6531 §3.7.4.2. The name is taken without the brackets that some put around it.
  private SmtpCommand inquiry(String verb) throws SmtpSyntaxException {
    line.acceptSpaces();
    if (line.atEnd()) {
      throw badArguments("Expected a name");
    }
    String rest = line.rest().strip();
    boolean smtpUtf8 = rest.toUpperCase(Locale.ROOT).endsWith(" SMTPUTF8");
    String bare = smtpUtf8 ? rest.substring(0, rest.length() - " SMTPUTF8".length()).strip() : rest;
    String name =
        bare.startsWith("<") && bare.endsWith(">") ? bare.substring(1, bare.length() - 1) : bare;
    return verb.equals("VRFY")
        ? new SmtpCommand.Vrfy(name, smtpUtf8)
        : new SmtpCommand.Expn(name, smtpUtf8);
  }

  /// `FROM:` and `TO:`, with the spaces around them that clients are known to send.
  private void expect(String word) throws SmtpSyntaxException {
    if (!line.acceptSpaces() || !line.accept(word)) {
      throw new SmtpSyntaxException(SmtpReply.of(501, SYNTAX, "Expected " + word));
    }
    line.acceptSpaces();
  }

  /// The only place where a command's bytes become text: UTF-8 without control characters.
  private static String text(byte[] line, int length) throws SmtpSyntaxException {
    boolean ascii = true;
    for (int i = 0; i < length; i++) {
      byte b = line[i];
      ascii &= b >= 0;
      if ((b >= 0 && b < ' ') || b == 127) {
        throw new SmtpSyntaxException(
            SmtpReply.of(500, SYNTAX, "Control character in a command"),
            starts(line, length, "BDAT"));
      }
    }
    if (ascii) {
      return new String(line, 0, length, StandardCharsets.US_ASCII);
    }
    try {
      var bytes = ByteBuffer.wrap(line, 0, length);
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException _) {
      throw new SmtpSyntaxException(
          SmtpReply.of(500, SYNTAX, "Command is not UTF-8"), starts(line, length, "BDAT"));
    }
  }

  /// The refusal of a line of which only the beginning was kept.
  private static SmtpSyntaxException tooLong(byte[] beginning) {
    boolean login = starts(beginning, beginning.length, "AUTH");
    return new SmtpSyntaxException(
        SmtpReply.of(500, login ? LOGIN_LINE_TOO_LONG : SYNTAX, "Line too long"),
        starts(beginning, beginning.length, "BDAT"));
  }

  static SmtpSyntaxException unknownParameter() {
    return new SmtpSyntaxException(
        SmtpReply.of(555, INVALID_ARGUMENTS, "Parameter not known here"));
  }

  static SmtpSyntaxException badValue() {
    return badArguments("Parameter has a bad value");
  }

  static SmtpSyntaxException badArguments(String text) {
    return new SmtpSyntaxException(SmtpReply.of(501, INVALID_ARGUMENTS, text));
  }

  private static boolean namesUrl(byte[] line, int length) {
    return starts(line, length, "BURL") && (length == 4 || line[4] <= ' ');
  }

  private static boolean starts(byte[] line, int length, String verb) {
    return length >= verb.length()
        && new String(line, 0, verb.length(), StandardCharsets.ISO_8859_1).equalsIgnoreCase(verb);
  }

  static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  static boolean isClientName(String name) {
    return !name.isEmpty()
        && name.length() <= CLIENT_NAME_MAX
        && name.chars().allMatch(SmtpParser::isOfClientName);
  }

  private static boolean isOfClientName(int c) {
    return isLetterOrDigit(c) || "-._:[]?".indexOf(c) >= 0;
  }

  private static boolean isLetterOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
