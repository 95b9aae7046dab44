package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the value of an address field (RFC 5322 §3.4 with the obsolete forms of §4.4: routes,
/// phrases with dots, empty elements). It never fails: what is no address becomes one with an empty
/// host, so that a person sees what stands there.
///
/// Used by one thread.
public final class AddressList {
  private static final int ADDRESSES_MAX = 5_000;
  static final Envelope.Address END_OF_GROUP =
      new Envelope.Address(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  private final String text;
  private final List<Envelope.Address> found = new ArrayList<>();
  private final StringBuilder phrase = new StringBuilder();
  private final StringBuilder comment = new StringBuilder();
  private int at;
  private int lastWord;
  private int wholeEnd;
  private boolean touching;
  private boolean inGroup;

  private AddressList(String text) {
    this.text = text;
  }

  /// The addresses and group marks of an unfolded field value, in order; encoded words stay as they
  /// are.
  public static List<Envelope.Address> parse(String text) {
    AddressList list = new AddressList(text);
    list.elements();
    return List.copyOf(list.found);
  }

  /// What is whole of a field value whose end was cut off: half an address may be that of somebody
  /// else.
  static String whole(String cut) {
    AddressList list = new AddressList(cut);
    list.elements();
    return cut.substring(0, list.wholeEnd);
  }

  private void elements() {
    while (at < text.length() && found.size() < ADDRESSES_MAX) {
      switch (text.charAt(at)) {
        case ' ', '\t', '\r', '\n' -> {
          at++;
          touching = false;
        }
        case '(' -> comment();
        case ',' -> {
          at++;
          endOfElement();
          wholeEnd = at;
        }
        case ':' -> startOfGroup();
        case ';' -> endOfGroup();
        case '<' -> angleAddress();
        case '@' -> addressWithoutBrackets();
        case '"' -> word(quotedString());
        case ')', '>', '[', ']' -> word(String.valueOf(text.charAt(at++)));
        default -> word(atom());
      }
    }
    endOfElement();
    if (inGroup) {
      found.add(END_OF_GROUP);
    }
  }

  /// An element that had neither `@` nor brackets: only a name, such as cron's `From: root`.
  private void endOfElement() {
    if (!phrase.isEmpty()) {
      add(comment.toString(), Optional.empty(), phrase.toString(), "");
    }
    clear();
  }

  private void startOfGroup() {
    at++;
    if (phrase.isEmpty() || inGroup) {
      return;
    }
    inGroup = true;
    wholeEnd = at;
    found.add(
        new Envelope.Address(
            Optional.empty(), Optional.empty(), Optional.of(phrase.toString()), Optional.empty()));
    clear();
  }

  private void endOfGroup() {
    at++;
    endOfElement();
    if (inGroup) {
      found.add(END_OF_GROUP);
    }
    inGroup = false;
    wholeEnd = at;
  }

  private void angleAddress() {
    at++;
    Optional<String> route = route();
    StringBuilder local = new StringBuilder();
    String host = "";
    boolean open = true;
    while (open && at < text.length()) {
      switch (text.charAt(at)) {
        case '>' -> {
          at++;
          open = false;
        }
        case '@' -> {
          at++;
          host = domain();
        }
        case ' ', '\t', '\r', '\n' -> at++;
        case '(' -> comment();
        case '"' -> local.append(quotedString());
        case ',', ';' -> open = false;
        case '<', ':', '[', ']', ')' -> local.append(text.charAt(at++));
        default -> local.append(atom());
      }
    }
    add(phrase.toString(), route, local.toString(), host);
    skipRestOfElement();
  }

  /// `@a,@b` of RFC 822's `<@a,@b:ann@example.org>`.
  private Optional<String> route() {
    skipSpace();
    if (at >= text.length() || text.charAt(at) != '@') {
      return Optional.empty();
    }
    for (int i = at; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ':') {
        String route = text.substring(at, i).strip();
        at = i + 1;
        return Optional.of(route);
      }
      if (c == '>' || c == '<' || c == '"' || c == '(') {
        break;
      }
    }
    return Optional.empty();
  }

  /// What came just before the `@` is the local part; earlier words can only be meant as a name.
  private void addressWithoutBrackets() {
    at++;
    String local = phrase.substring(lastWord);
    String name = phrase.substring(0, lastWord).strip();
    String host = domain();
    comment.setLength(0);
    skipSpace();
    while (at < text.length() && text.charAt(at) == '(') {
      comment();
      skipSpace();
    }
    add(name.isEmpty() ? comment.toString() : name, Optional.empty(), local, host);
    skipRestOfElement();
  }

  private void add(String name, Optional<String> route, String mailbox, String host) {
    found.add(
        new Envelope.Address(
            name.isEmpty() ? Optional.empty() : Optional.of(name),
            route,
            Optional.of(mailbox),
            Optional.of(host)));
  }

  private void skipRestOfElement() {
    clear();
    while (at < text.length()) {
      switch (text.charAt(at)) {
        case ',' -> {
          at++;
          wholeEnd = at;
          return;
        }
        case ';' -> {
          return;
        }
        case '(' -> skipComment();
        case '"' -> quotedString();
        default -> at++;
      }
    }
  }

  private void clear() {
    phrase.setLength(0);
    comment.setLength(0);
    lastWord = 0;
    touching = false;
  }

  /// Words that touch are one word (`"ann".jones`); others keep one space between them.
  private void word(String word) {
    if (!phrase.isEmpty() && !touching) {
      phrase.append(' ');
      lastWord = phrase.length();
    }
    phrase.append(word);
    touching = true;
  }

  private String atom() {
    int start = at;
    while (at < text.length() && !isSpecial(text.charAt(at))) {
      at++;
    }
    return text.substring(start, at);
  }

  private String domain() {
    skipSpace();
    while (at < text.length() && text.charAt(at) == '(') {
      skipComment();
      skipSpace();
    }
    if (at < text.length() && text.charAt(at) == '[') {
      int close = at + 1;
      while (close < text.length() && ">,;".indexOf(text.charAt(close)) < 0) {
        if (text.charAt(close++) == ']') {
          break;
        }
      }
      String literal = text.substring(at, close);
      at = close;
      return literal;
    }
    return atom();
  }

  /// A quoted string without its quotes and backslashes; one that never ends, ends with the text.
  private String quotedString() {
    at++;
    StringBuilder content = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        break;
      }
      if (c == '\\' && at < text.length()) {
        c = text.charAt(at++);
      }
      content.append(c);
    }
    return content.toString();
  }

  private void comment() {
    int start = at + 1;
    skipComment();
    int end = at > start && text.charAt(at - 1) == ')' ? at - 1 : at;
    comment.setLength(0);
    for (int i = start; i < end; i++) {
      if (text.charAt(i) == '\\' && i + 1 < end) {
        i++;
      }
      comment.append(text.charAt(i));
    }
    touching = false;
  }

  private void skipComment() {
    int depth = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '\\' && at < text.length()) {
        at++;
      } else if (c == '(') {
        depth++;
      } else if (c == ')' && --depth == 0) {
        return;
      }
    }
  }

  private void skipSpace() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static boolean isSpecial(char c) {
    return switch (c) {
      case ' ', '\t', '\r', '\n', '(', ')', '<', '>', '[', ']', ':', ';', '@', ',', '"' -> true;
      default -> false;
    };
  }
}
