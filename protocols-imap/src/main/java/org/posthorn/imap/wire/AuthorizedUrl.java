package org.posthorn.imap.wire;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;

/// A URL of a message, or a part of one, for which a user vouches (RFC 4467 §3, RFC 5092 §6), such
/// as `imap://ann@example.org/Drafts/;UID=20;URLAUTH=submit+ann:internal:91354a47…`. `rump` is the
/// URL without the mechanism and the token, to the letter; before there is a token, it is empty.
/// Which host is named says nothing: the token is of this server, or of none.
public record AuthorizedUrl(
    String owner,
    String host,
    MessageUrl message,
    Optional<Instant> expires,
    Access access,
    String rump,
    String token) {
  /// The only mechanism there is.
  public static final String INTERNAL = "INTERNAL";

  private static final String SCHEME = "imap://";
  private static final String URLAUTH = ";URLAUTH=";
  private static final String EXPIRE = ";EXPIRE=";
  private static final String AUTH = ";AUTH=";
  private static final int TOKEN_MIN_DIGITS = 32;

  /// Who may use it; `user` is empty where it may be any.
  public record Access(Kind kind, String user) {}

  /// RFC 4467 §3.
  public enum Kind {
    SUBMIT,
    USER,
    AUTHUSER,
    ANONYMOUS
  }

  /// Empty for what is no such URL.
  public static Optional<AuthorizedUrl> parse(String text) {
    try {
      return Optional.of(read(text));
    } catch (IllegalArgumentException | DateTimeException _) {
      return Optional.empty();
    }
  }

  private static AuthorizedUrl read(String text) {
    boolean printable = text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\');
    int path = text.indexOf('/', Math.min(SCHEME.length(), text.length()));
    int auth = lastIndexOf(URLAUTH, text);
    check(printable && startsWith(SCHEME, text) && path > 0 && auth > path);
    String authority = text.substring(SCHEME.length(), path);
    int at = authority.lastIndexOf('@');
    check(at > 0 && at < authority.length() - 1);
    String[] words = text.substring(auth + URLAUTH.length()).split(":", -1);
    check(words.length == 1 || (words.length == 3 && isToken(words[1], words[2])));
    String rump = text.substring(0, auth + URLAUTH.length() + words[0].length());
    String target = text.substring(path, auth);
    int expire = lastIndexOf(EXPIRE, target);
    Optional<Instant> expires =
        expire < 0
            ? Optional.empty()
            : Optional.of(instant(target.substring(expire + EXPIRE.length())));
    return new AuthorizedUrl(
        user(authority.substring(0, at)),
        host(authority.substring(at + 1)),
        message(expire < 0 ? target : target.substring(0, expire)),
        expires,
        access(words[0]),
        rump,
        words.length == 1 ? "" : words[2]);
  }

  private static MessageUrl message(String path) {
    return MessageUrl.parse(path)
        .filter(url -> url.mailbox().isPresent())
        .orElseThrow(() -> new IllegalArgumentException("No message in a mailbox"));
  }

  /// The user of `ann;AUTH=*`: how to log in is nothing to us.
  private static String user(String text) {
    int auth = lastIndexOf(AUTH, text);
    String user = decoded(auth < 0 ? text : text.substring(0, auth));
    check(!user.isEmpty());
    return user;
  }

  private static String host(String text) {
    int port = text.lastIndexOf(':');
    return text.endsWith("]") || port < 0 ? text : text.substring(0, port);
  }

  private static Access access(String text) {
    int plus = text.indexOf('+');
    String user = plus < 0 ? "" : decoded(text.substring(plus + 1));
    String kind = (plus < 0 ? text : text.substring(0, plus)).toUpperCase(Locale.ROOT);
    Access access = new Access(Kind.valueOf(kind), user);
    boolean named = access.kind == Kind.SUBMIT || access.kind == Kind.USER;
    check(named != user.isEmpty() && named == plus >= 0);
    return access;
  }

  private static boolean isToken(String mechanism, String digits) {
    return mechanism.equalsIgnoreCase(INTERNAL)
        && digits.length() >= TOKEN_MIN_DIGITS
        && digits.chars().allMatch(c -> Character.digit(c, 16) >= 0);
  }

  /// RFC 3339.
  private static Instant instant(String text) {
    return OffsetDateTime.parse(text).toInstant();
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static boolean startsWith(String word, String text) {
    return text.regionMatches(true, 0, word, 0, word.length());
  }

  /// In any case, without making the text another one.
  private static int lastIndexOf(String word, String text) {
    for (int i = text.length() - word.length(); i >= 0; i--) {
      if (text.regionMatches(true, i, word, 0, word.length())) {
        return i;
      }
    }
    return -1;
  }

  private static void check(boolean isRight) {
    if (!isRight) {
      throw new IllegalArgumentException("Not an authorized URL");
    }
  }
}
