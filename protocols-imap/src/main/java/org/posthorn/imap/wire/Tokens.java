package org.posthorn.imap.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.net.WireInput;

/// The tokens of one command: atoms, strings, numbers, literals (RFC 3501 §4, §9). Reads straight
/// from the connection, so a literal in mid-command is read where it stands. Every byte of a
/// command that is kept in memory is taken from one budget.
final class Tokens {
  /// What is read and thrown away of a literal that is not wanted, at most (RFC 7888 §4).
  private static final long DISCARD_MAX_BYTES = 256L << 20;

  private static final int LINE_DISCARD_MAX_BYTES = 1 << 20;
  private static final int DIGITS_MAX = 40;
  private static final int SCRATCH_BYTES = 256;
  private static final int MAILBOX_NAME_MAX = 1_000;

  /// Room for a literal's announcement, so that the budget never ends within one: what is left of
  /// the line would not tell that a literal follows.
  private static final int ANNOUNCEMENT_BYTES = 64;

  private final WireInput input;
  private final Continuation continuation;
  private byte[] scratch = new byte[SCRATCH_BYTES];
  private int commandBudgetBytes;
  private int budgetBytes;
  private Set<Extension> enabled = Set.of();
  private long limitNanos;
  private long deadlineNanos;

  /// The command's last line break has been read, or will not come.
  private boolean ended = true;

  /// Bytes of a literal that are on their way although nobody wants them.
  private long unwantedBytes;

  private @Nullable Literal message;

  Tokens(WireInput input, Continuation continuation) {
    this.input = input;
    this.continuation = continuation;
  }

  /// Starts a command that may have this many bytes, its literals included, and take this long.
  void begin(int budget, Duration limit) {
    commandBudgetBytes = budget;
    limitNanos = limit.toNanos();
    more();
    ended = false;
    unwantedBytes = 0;
    message = null;
    if (scratch.length > SCRATCH_BYTES) {
      scratch = new byte[SCRATCH_BYTES];
    }
  }

  /// Budget and time anew, for the next message of a command that has many.
  void more() {
    budgetBytes = commandBudgetBytes;
    deadlineNanos = System.nanoTime() + limitNanos;
  }

  int peek() throws IOException {
    return input.peek();
  }

  boolean accept(char wanted) throws IOException, ImapSyntaxException {
    if (input.peek() != wanted) {
      return false;
    }
    take();
    return true;
  }

  void expect(char wanted) throws IOException, ImapSyntaxException {
    if (!accept(wanted)) {
      throw new ImapSyntaxException("Expected '" + wanted + "'");
    }
  }

  void space() throws IOException, ImapSyntaxException {
    if (!accept(' ')) {
      throw new ImapSyntaxException("Expected a space");
    }
  }

  /// The end of the line. Spaces before it and a missing CR are forgiven.
  void lineEnd() throws IOException, ImapSyntaxException {
    while (accept(' ')) {}
    accept('\r');
    if (!accept('\n')) {
      throw new ImapSyntaxException("Expected the end of the line");
    }
    ended = true;
  }

  String keyword() throws IOException, ImapSyntaxException {
    return atom().toUpperCase(Locale.ROOT);
  }

  String atom() throws IOException, ImapSyntaxException {
    int length = 0;
    while (isAtomChar(input.peek())) {
      length = keep(length, take());
    }
    if (length == 0) {
      throw new ImapSyntaxException("Expected an atom");
    }
    return ascii(length);
  }

  /// A keyword that ends at `end`, although that could be part of an atom.
  String keywordBefore(char end) throws IOException, ImapSyntaxException {
    int length = 0;
    while (input.peek() != end && isAtomChar(input.peek())) {
      length = keep(length, take());
    }
    if (length == 0) {
      throw new ImapSyntaxException("Expected a word");
    }
    return ascii(length).toUpperCase(Locale.ROOT);
  }

  /// RFC 3501 §9 `tag`.
  String tag() throws IOException, ImapSyntaxException {
    int length = 0;
    while (isTagChar(input.peek())) {
      length = keep(length, take());
    }
    if (length == 0) {
      throw new ImapSyntaxException("Expected a tag");
    }
    return ascii(length);
  }

  /// RFC 3501 §9 `flag`.
  String flag() throws IOException, ImapSyntaxException {
    return accept('\\') ? "\\" + atom() : atom();
  }

  /// RFC 3501 §9 `astring`, read as UTF-8.
  String astring() throws IOException, ImapSyntaxException {
    return utf8(astringBytes());
  }

  byte[] astringBytes() throws IOException, ImapSyntaxException {
    if (isStringStart(input.peek())) {
      return stringBytes();
    }
    return runOf(false);
  }

  /// RFC 3501 §9 `mailbox`.
  String mailbox() throws IOException, ImapSyntaxException {
    return mailboxName(astring());
  }

  /// RFC 3501 §9 `list-mailbox`.
  String listMailbox() throws IOException, ImapSyntaxException {
    return mailboxName(utf8(isStringStart(input.peek()) ? stringBytes() : runOf(true)));
  }

  /// What the client has enabled: with UTF-8, mailbox names are no modified UTF-7, so `&` is no
  /// more than itself (RFC 9051 appendix A.1).
  void enabled(Set<Extension> extensions) {
    enabled = extensions;
  }

  boolean has(Extension extension) {
    return enabled.contains(extension);
  }

  private String mailboxName(String text) throws ImapSyntaxException {
    if (text.length() > MAILBOX_NAME_MAX) {
      throw new ImapSyntaxException(
          ImapAnswer.no(ResponseCode.Plain.CANNOT, "The mailbox name is too long"));
    }
    return has(Extension.IMAP4REV2) || has(Extension.UTF8_ACCEPT)
        ? text
        : MailboxNameText.decode(text)
            .orElseThrow(() -> new ImapSyntaxException("A mailbox name is not modified UTF-7"));
  }

  String string() throws IOException, ImapSyntaxException {
    return utf8(stringBytes());
  }

  /// RFC 3501 §9 `number`: unsigned 32-bit.
  long number() throws IOException, ImapSyntaxException {
    long value = modSequence();
    if (value > 0xFFFF_FFFFL) {
      throw new ImapSyntaxException("Number is too large");
    }
    return value;
  }

  long nzNumber() throws IOException, ImapSyntaxException {
    long value = number();
    if (value == 0) {
      throw new ImapSyntaxException("Expected a number above zero");
    }
    return value;
  }

  /// RFC 7162 §7 `mod-sequence-valzer`: unsigned 63-bit.
  long modSequence() throws IOException, ImapSyntaxException {
    long value = digits();
    if (value < 0) {
      throw new ImapSyntaxException("Number is too large");
    }
    return value;
  }

  boolean atDigit() throws IOException {
    int c = input.peek();
    return c >= '0' && c <= '9';
  }

  boolean atLetter() throws IOException {
    int c = input.peek() | 0x20;
    return c >= 'a' && c <= 'z';
  }

  /// Takes `count` digits and returns their value.
  int fixedDigits(int count) throws IOException, ImapSyntaxException {
    int value = 0;
    for (int i = 0; i < count; i++) {
      if (!atDigit()) {
        throw new ImapSyntaxException("Expected a digit");
      }
      value = value * 10 + (take() - '0');
    }
    return value;
  }

  /// The literal that is a message, not yet read.
  Literal messageLiteral() throws IOException, ImapSyntaxException {
    Announced announced = announced();
    Literal literal = new Literal(this, announced.sizeBytes, announced.synchronizing);
    message = literal;
    return literal;
  }

  /// The rest of a line as it is, without its end: what AUTHENTICATE and IDLE are answered with.
  String restOfLine() throws IOException, ImapSyntaxException {
    int length = 0;
    while (input.peek() != '\r' && input.peek() != '\n') {
      length = keep(length, take());
    }
    String line = ascii(length);
    lineEnd();
    return line;
  }

  /// Leaves what the client sent or is about to send of this command, literals included. False when
  /// that is too much and the connection should end.
  boolean skipRest() throws IOException {
    if (message != null && !ended) {
      if (message.willNotCome()) {
        ended = true;
      } else {
        unwantedBytes = message.leftBytes();
      }
      message = null;
    }
    int lineBytes = 0;
    while (!ended) {
      if (!discard(unwantedBytes)) {
        return false;
      }
      unwantedBytes = 0;
      var end = new LineEnd();
      while (!end.reached) {
        if (lineBytes++ > LINE_DISCARD_MAX_BYTES) {
          return false;
        }
        end.next(input.next());
      }
      unwantedBytes = end.literalBytes;
      ended = end.literalBytes < 0;
    }
    return true;
  }

  /// For [Literal]: asks for the bytes.
  void goAhead() throws IOException {
    continuation.request();
  }

  /// For [Literal].
  int readRaw(byte[] target, int offset, int length) throws IOException {
    return input.read(target, offset, length);
  }

  private boolean discard(long bytes) throws IOException {
    if (bytes > DISCARD_MAX_BYTES) {
      return false;
    }
    byte[] waste = new byte[(int) Math.min(bytes, 8192)];
    long left = bytes;
    while (left > 0) {
      int count = input.read(waste, 0, (int) Math.min(left, waste.length));
      if (count < 0) {
        throw new EOFException("The client closed the connection");
      }
      left -= count;
    }
    return true;
  }

  private byte[] runOf(boolean wildcards) throws IOException, ImapSyntaxException {
    int length = 0;
    while (isAstringChar(input.peek()) || (wildcards && isWildcard(input.peek()))) {
      length = keep(length, take());
    }
    if (length == 0) {
      throw new ImapSyntaxException("Expected a string");
    }
    return Arrays.copyOf(scratch, length);
  }

  /// RFC 3501 §9 `string` or RFC 3516 §4 `literal8`, which may have NUL in it.
  byte[] anyStringBytes() throws IOException, ImapSyntaxException {
    return accept('~') ? literal(true) : stringBytes();
  }

  private byte[] stringBytes() throws IOException, ImapSyntaxException {
    return switch (input.peek()) {
      case '"' -> quoted();
      case '{' -> literal(false);
      default -> throw new ImapSyntaxException("Expected a string");
    };
  }

  private byte[] quoted() throws IOException, ImapSyntaxException {
    expect('"');
    int length = 0;
    while (input.peek() != '"') {
      boolean escaped = accept('\\');
      int c = input.peek();
      if (c == '\r' || c == '\n' || c == 0) {
        throw new ImapSyntaxException("A quoted string ends at its quote");
      }
      if (escaped && c != '"' && c != '\\') {
        throw new ImapSyntaxException("Only quotes and backslashes are escaped");
      }
      length = keep(length, take());
    }
    expect('"');
    return Arrays.copyOf(scratch, length);
  }

  private byte[] literal(boolean binary) throws IOException, ImapSyntaxException {
    Announced announced = announced();
    if (announced.sizeBytes > budgetBytes) {
      unwantedBytes = announced.sizeBytes;
      ended = announced.synchronizing;
      throw new ImapSyntaxException(
          ImapAnswer.no(ResponseCode.Plain.TOOBIG, "That is too long for an argument"));
    }
    if (announced.synchronizing) {
      continuation.request();
    }
    byte[] bytes = new byte[(int) announced.sizeBytes];
    boolean nul = false;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) take();
      nul |= bytes[i] == 0;
    }
    if (nul && !binary) {
      throw new ImapSyntaxException("NUL in a string");
    }
    return bytes;
  }

  private record Announced(long sizeBytes, boolean synchronizing) {}

  /// RFC 3501 §9 `literal`, RFC 7888 §8: `{size}` or `{size+}` with its line break. The size of one
  /// that no budget holds is the largest there is.
  private Announced announced() throws IOException, ImapSyntaxException {
    if (budgetBytes < ANNOUNCEMENT_BYTES) {
      throw new ImapSyntaxException("The command is too long");
    }
    expect('{');
    long size = digits();
    boolean synchronizing = !accept('+');
    expect('}');
    accept('\r');
    if (input.peek() != '\n') {
      throw new ImapSyntaxException("A literal begins on a new line");
    }
    take();
    return new Announced(size < 0 ? Long.MAX_VALUE : size, synchronizing);
  }

  /// -1 when it is more than 63 bits.
  private long digits() throws IOException, ImapSyntaxException {
    long value = 0;
    boolean any = false;
    boolean tooLarge = false;
    int count = 0;
    while (atDigit()) {
      if (count++ > DIGITS_MAX) {
        throw new ImapSyntaxException("Number is too large");
      }
      int digit = take() - '0';
      tooLarge |= value > (Long.MAX_VALUE - digit) / 10;
      value = tooLarge ? 0 : value * 10 + digit;
      any = true;
    }
    if (!any) {
      throw new ImapSyntaxException("Expected a number");
    }
    return tooLarge ? -1 : value;
  }

  private int take() throws IOException, ImapSyntaxException {
    if (budgetBytes <= 0) {
      throw new ImapSyntaxException("The command is too long");
    }
    if (!input.hasBuffered() && System.nanoTime() - deadlineNanos > 0) {
      throw new SocketTimeoutException("A command takes too long to come");
    }
    budgetBytes--;
    return input.next();
  }

  private int keep(int length, int oneByte) {
    if (length == scratch.length) {
      scratch = Arrays.copyOf(scratch, 2 * length);
    }
    scratch[length] = (byte) oneByte;
    return length + 1;
  }

  private String ascii(int length) {
    return new String(scratch, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static String utf8(byte[] bytes) throws ImapSyntaxException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      throw new ImapSyntaxException("A string is not UTF-8");
    }
  }

  static boolean isAtomChar(int c) {
    return c > ' ' && c < 0x7f && "(){%*\"\\]".indexOf(c) < 0;
  }

  static boolean isAstringChar(int c) {
    return isAtomChar(c) || c == ']';
  }

  private static boolean isTagChar(int c) {
    return isAstringChar(c) && c != '+';
  }

  private static boolean isWildcard(int c) {
    return c == '*' || c == '%';
  }

  private static boolean isStringStart(int c) {
    return c == '"' || c == '{';
  }

  /// Watches bytes go by until a line ends, and sees whether it ends in a literal that follows
  /// unasked, `{12+}`.
  private static final class LineEnd {
    private boolean reached;

    /// -1: the line has no such end.
    private long literalBytes = -1;

    private long size;
    private char seen = ' ';

    void next(int c) {
      boolean digit = c >= '0' && c <= '9';
      if (c == '{') {
        size = 0;
        seen = '{';
      } else if (digit && (seen == '{' || seen == '0')) {
        size = Math.min(size * 10 + (c - '0'), Long.MAX_VALUE / 20);
        seen = '0';
      } else if (c == '+' && seen == '0') {
        seen = '+';
      } else if (c == '}' && seen == '+') {
        seen = '}';
      } else if (c == '\n') {
        reached = true;
        literalBytes = seen == '}' ? size : -1;
      } else if (c != '\r' || seen != '}') {
        seen = ' ';
      }
    }
  }
}
