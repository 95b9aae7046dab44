package org.posthorn.imap.command;

import org.posthorn.message.EncodedWord;

/// A subject without what mail programs and lists put around it (RFC 5256 §2.1), and whether that
/// shows a reply or a forward (§3, REFERENCES). Made in time linear in the subject.
record BaseSubject(String text, boolean isReply) {
  static final BaseSubject NONE = new BaseSubject("", false);

  static BaseSubject of(String subject) {
    return new Cutter(spaced(EncodedWord.decode(subject))).cut();
  }

  /// Step 1: every run of spaces, tabs and line breaks is one space.
  private static String spaced(String text) {
    var spaced = new StringBuilder(text.length());
    boolean afterSpace = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
      if (!space || !afterSpace) {
        spaced.append(space ? ' ' : c);
      }
      afterSpace = space;
    }
    return spaced.toString();
  }

  /// What is left of the subject, between two places that only move towards each other.
  private static final class Cutter {
    private final String text;
    private int from;
    private int to;
    private boolean isReply;

    Cutter(String text) {
      this.text = text;
      this.to = text.length();
    }

    BaseSubject cut() {
      do {
        cutTrailers();
        cutLeaders();
      } while (cutForward());
      return new BaseSubject(text.substring(from, to), isReply);
    }

    /// Step 2: `subj-trailer`.
    private void cutTrailers() {
      while (true) {
        if (to > from && text.charAt(to - 1) == ' ') {
          to--;
        } else if (to - from >= 5 && isAt(to - 5, "(fwd)")) {
          to -= 5;
          isReply = true;
        } else {
          return;
        }
      }
    }

    /// Steps 3 to 5: `subj-leader`, and blobs as long as something is left. Where blobs lead to no
    /// `subj-refwd`, none of them alone does, so they go at once.
    private void cutLeaders() {
      while (true) {
        while (from < to && text.charAt(from) == ' ') {
          from++;
        }
        int lastBlob = from;
        int at = from;
        for (int end = blobEnd(at); end > 0; end = blobEnd(at)) {
          lastBlob = at;
          at = end;
        }
        int behind = replyEnd(at);
        if (behind < 0) {
          from = at < to ? at : lastBlob;
          return;
        }
        from = behind;
        isReply = true;
      }
    }

    /// Where `subj-refwd` ends that begins there; -1 when none does.
    private int replyEnd(int start) {
      int at;
      if (isAt(start, "re")) {
        at = start + 2;
      } else if (isAt(start, "fwd")) {
        at = start + 3;
      } else if (isAt(start, "fw")) {
        at = start + 2;
      } else {
        return -1;
      }
      while (at < to && text.charAt(at) == ' ') {
        at++;
      }
      int blob = blobEnd(at);
      at = blob > 0 ? blob : at;
      return at < to && text.charAt(at) == ':' ? at + 1 : -1;
    }

    /// Where `subj-blob` ends that begins there, its spaces too; -1 when none does.
    private int blobEnd(int start) {
      if (start >= to || text.charAt(start) != '[') {
        return -1;
      }
      int at = start + 1;
      while (at < to && text.charAt(at) != '[' && text.charAt(at) != ']') {
        at++;
      }
      if (at >= to || text.charAt(at) != ']') {
        return -1;
      }
      do {
        at++;
      } while (at < to && text.charAt(at) == ' ');
      return at;
    }

    /// Step 6.
    private boolean cutForward() {
      if (to - from < 6 || !isAt(from, "[fwd:") || text.charAt(to - 1) != ']') {
        return false;
      }
      from += 5;
      to--;
      isReply = true;
      return true;
    }

    private boolean isAt(int start, String word) {
      return start + word.length() <= to && text.regionMatches(true, start, word, 0, word.length());
    }
  }
}
