package org.posthorn.storage.search;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.Headers;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// Looks for text in the bytes of emails: the answer that the index has to give too. Bounded
/// memory, whatever the size. Used by one thread.
public final class TextScan {
  private final EmailText text;
  private final FoldedText room = new FoldedText();
  private final WordCutter words = new WordCutter();

  public TextScan(Account account) {
    this.text = new EmailText(account, false);
  }

  public boolean isIn(Email email, Area area, Needle needle) throws IOException {
    for (Texts.Source source : text.sources(email, area)) {
      try (Reader reader = source.open()) {
        if (needle.isIn(reader, room)) {
          return true;
        }
      }
    }
    return false;
  }

  /// How near the words of an area are to the needle's: from 0 (not at all) to 1.
  public float nearness(Email email, Area area, FuzzyNeedle needle) throws IOException {
    float[] nearest = new float[needle.count()];
    for (Texts.Source source : text.sources(email, area)) {
      try (Reader reader = source.open()) {
        WordCutter each = words.of(reader);
        while (each.next()) {
          for (int i = 0; i < nearest.length && !each.cutBefore && !each.cutAfter; i++) {
            nearest[i] = Math.max(nearest[i], needle.nearness(i, each.word, each.length));
          }
        }
      }
    }
    return FuzzyNeedle.together(nearest);
  }

  /// In a field of the email's header; with an empty text, whether there is such a field.
  public boolean isInField(Email email, String field, Needle needle) throws IOException {
    try (InputStream header = text.header(email)) {
      for (Headers.Placed placed : Headers.read(header)) {
        if (placed.field().name().equalsIgnoreCase(field)
            && needle.isIn(Reader.of(EncodedWord.decode(placed.field().value())), room)) {
          return true;
        }
      }
    }
    return false;
  }
}
