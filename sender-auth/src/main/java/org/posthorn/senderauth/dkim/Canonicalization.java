package org.posthorn.senderauth.dkim;

/// How much a message may change on its way without breaking a signature (RFC 6376 §3.4).
public enum Canonicalization {
  SIMPLE,
  RELAXED;

  /// The two words of `c=`.
  record Pair(Canonicalization header, Canonicalization body) {}

  /// `relaxed/simple`; `relaxed` alone is for the header only.
  static Pair read(String text) throws DkimSyntaxException {
    int slash = text.indexOf('/');
    return slash < 0
        ? new Pair(one(text.strip()), SIMPLE)
        : new Pair(one(text.substring(0, slash).strip()), one(text.substring(slash + 1).strip()));
  }

  private static Canonicalization one(String word) throws DkimSyntaxException {
    if (word.equalsIgnoreCase("simple")) {
      return SIMPLE;
    }
    if (word.equalsIgnoreCase("relaxed")) {
      return RELAXED;
    }
    throw new DkimSyntaxException("c= is neither simple nor relaxed");
  }
}
