package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.BytesRef;

/// What the index can know of a needle: the words that stand in it, what they must be parts of, and
/// how far apart they are. `exact`: an email with these words so placed has the needle; otherwise
/// it may have it, and one without has not in any case.
record Phrase(List<Piece> pieces, boolean exact) {
  /// What a word of the needle is of a word of the text: the first may be its end, the last its
  /// beginning, a word alone any part, and all others are the same.
  enum Kind {
    WHOLE,
    BEGINNING,
    END,
    PART
  }

  /// `offset`: how far behind the first.
  record Piece(BytesRef word, Kind kind, int offset) {}

  static Phrase of(Needle needle) {
    try {
      return new Cutting().cut(needle.folded());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static final class Cutting {
    private final WordCutter words = new WordCutter();
    private final List<Piece> pieces = new ArrayList<>();
    private boolean exact = true;
    private boolean open;

    /// The word that is being read: its first piece, its last, and whether these are two.
    private String head = "";

    private String tail = "";
    private boolean cut;
    private int offset;

    Phrase cut(String folded) throws IOException {
      var _ = words.of(Reader.of(folded));
      boolean any = false;
      while (words.next()) {
        String word = new String(words.word, 0, words.length);
        if (words.cutBefore) {
          cut = true;
          tail = word;
          continue;
        }
        if (any) {
          add(true);
          offset += words.step;
          exact &= WordCutter.isExact(words.step);
          open = false;
        } else {
          open = !words.separated();
          exact = open;
        }
        any = true;
        head = word;
        tail = word;
        cut = false;
      }
      if (any) {
        add(words.separated());
        exact &= !words.separated();
      }
      return new Phrase(List.copyOf(pieces), exact && any);
    }

    /// `open`: the word of the text may have more before it; `closed`: it has nothing more behind.
    private void add(boolean closed) {
      boolean alone = head.length() == 1 && WordCutter.isAlone(head.charAt(0));
      if (alone || !open) {
        boolean whole = alone || closed;
        exact &= !cut;
        Kind kind = whole || cut ? Kind.WHOLE : Kind.BEGINNING;
        pieces.add(new Piece(Terms.word(head, cut), kind, offset));
        return;
      }
      boolean tooLong = cut || head.length() > WordCutter.PART_MAX;
      exact &= !tooLong;
      String part = head;
      if (tooLong) {
        part =
            closed
                ? tail.substring(tail.length() - WordCutter.PART_MAX)
                : head.substring(0, WordCutter.PART_MAX);
      }
      pieces.add(new Piece(Terms.word(part, false), closed ? Kind.END : Kind.PART, offset));
    }
  }
}
