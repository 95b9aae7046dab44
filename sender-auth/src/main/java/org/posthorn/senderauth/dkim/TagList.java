package org.posthorn.senderauth.dkim;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// `v=1; a=rsa-sha256; d=example.org`: the form of signatures, seals and keys (RFC 6376 §3.2).
/// Immutable. Values have no white space at their ends; tags that nobody knows are here too, for
/// whoever reads a list takes only what he knows. The order counts only for who must be first.
public final class TagList {
  private static final int CHARACTERS_MAX = 16 << 10;
  private static final int TAGS_MAX = 64;
  private static final int DIGITS_MAX = 12;

  private final Map<String, String> values;
  private final String first;

  private TagList(Map<String, String> values, String first) {
    this.values = values;
    this.first = first;
  }

  /// Refuses what is no list, a tag that is there twice, and what is longer than anybody needs.
  public static TagList read(String text) throws DkimSyntaxException {
    if (text.length() > CHARACTERS_MAX) {
      throw new DkimSyntaxException("more than " + CHARACTERS_MAX + " characters of tags");
    }
    return new Reader(text).tagList();
  }

  public Optional<String> find(String tag) {
    return Optional.ofNullable(values.get(tag));
  }

  public boolean has(String tag) {
    return values.containsKey(tag);
  }

  public boolean isFirst(String tag) {
    return first.equals(tag);
  }

  /// Throws where it is missing or empty.
  public String required(String tag) throws DkimSyntaxException {
    String value = values.get(tag);
    if (value == null || value.isEmpty()) {
      throw new DkimSyntaxException(tag + "= is missing");
    }
    return value;
  }

  /// Base64 with the white space in it taken out.
  public String base64(String tag) throws DkimSyntaxException {
    return withoutSpace(required(tag));
  }

  public OptionalLong number(String tag) throws DkimSyntaxException {
    String value = values.get(tag);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new DkimSyntaxException(tag + "= is no number");
    }
    // RFC 6376 §3.5: up to 76 digits for l=; nothing is that large.
    return value.length() > DIGITS_MAX
        ? OptionalLong.of(
            new BigInteger(value).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact())
        : OptionalLong.of(Long.parseLong(value));
  }

  /// The members of a list with colons, without the white space around them; empty where the tag is
  /// missing.
  public List<String> list(String tag) {
    String value = values.get(tag);
    if (value == null) {
      return List.of();
    }
    List<String> members = new ArrayList<>();
    for (String member : value.split(":", -1)) {
      members.add(member.strip());
    }
    return List.copyOf(members);
  }

  static String withoutSpace(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (!isSpace(text.charAt(i))) {
        kept.append(text.charAt(i));
      }
    }
    return kept.toString();
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  /// Recursive descent, a method for each rule. Used by one thread, once.
  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    /// `tag-list = tag-spec *( ";" tag-spec ) [ ";" ]`
    TagList tagList() throws DkimSyntaxException {
      Map<String, String> values = new HashMap<>();
      String first = "";
      do {
        space();
        if (at == text.length()) {
          break;
        }
        if (values.size() == TAGS_MAX) {
          throw new DkimSyntaxException("more than " + TAGS_MAX + " tags");
        }
        String name = tagName();
        first = first.isEmpty() ? name : first;
        space();
        expect('=');
        if (values.put(name, tagValue()) != null) {
          throw new DkimSyntaxException("a tag is there twice");
        }
      } while (accept(';'));
      if (at < text.length() || values.isEmpty()) {
        throw new DkimSyntaxException("no list of tags");
      }
      return new TagList(Map.copyOf(values), first);
    }

    private String tagName() throws DkimSyntaxException {
      int start = at;
      while (at < text.length() && isNameCharacter(text.charAt(at), at == start)) {
        at++;
      }
      if (at == start) {
        throw new DkimSyntaxException("a tag without a name");
      }
      return text.substring(start, at);
    }

    /// Also characters outside ASCII, for internationalized mail (RFC 8616).
    private String tagValue() throws DkimSyntaxException {
      int start = at;
      while (at < text.length() && text.charAt(at) != ';') {
        char c = text.charAt(at);
        if ((c < ' ' && !isSpace(c)) || c == 0x7F) {
          throw new DkimSyntaxException("a control character among the tags");
        }
        at++;
      }
      return text.substring(start, at).strip();
    }

    private void space() {
      while (at < text.length() && isSpace(text.charAt(at))) {
        at++;
      }
    }

    private boolean accept(char c) {
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) throws DkimSyntaxException {
      if (!accept(c)) {
        throw new DkimSyntaxException("a tag without its =");
      }
    }

    private static boolean isNameCharacter(char c, boolean first) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return letter || (!first && ((c >= '0' && c <= '9') || c == '_'));
    }
  }
}
