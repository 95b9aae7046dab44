package org.posthorn.imap.wire;

/// By what messages are put in order (RFC 5256 §3 BASE.6.4.SORT, RFC 5957 §4).
public record SortCriterion(Key key, boolean reverse) {
  public enum Key {
    ARRIVAL,
    CC,
    DATE,
    FROM,
    SIZE,
    SUBJECT,
    TO,
    DISPLAYFROM,
    DISPLAYTO,
    /// RFC 6203 §6: the nearest first.
    RELEVANCY
  }
}
