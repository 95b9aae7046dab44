package org.posthorn.storage.search;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.extract.Document;
import org.posthorn.storage.extract.Extracted;
import org.posthorn.storage.extract.Extracted.Outcome;
import org.posthorn.storage.extract.Extractor;

/// The text of an email's attachments, also of those of messages within. Used by one thread.
final class AttachedText implements Texts {
  /// Of more attachments of one email nothing is read.
  private static final int DOCUMENTS_MAX = 100;

  /// When reading went on for too long, or was the program's death, so many times in one email, its
  /// further attachments are left: one email does not occupy the program for hours.
  private static final int TROUBLES_MAX = 3;

  /// When so much text was read of one email, its further attachments are left.
  private static final long CHARS_MAX = 8 << 20;

  private final Account account;
  private final Extractor extractor;
  private final List<Extracted> texts = new ArrayList<>();
  private int documents;
  private int troubles;
  private long chars;

  AttachedText(Account account, Extractor extractor) {
    this.account = account;
    this.extractor = extractor;
  }

  @Override
  public boolean prepare(Email email) throws IOException {
    texts.clear();
    documents = 0;
    troubles = 0;
    chars = 0;
    try {
      read(email, email.structure().root());
    } catch (Extractor.Stopped _) {
      return false;
    }
    return !texts.isEmpty();
  }

  private void read(Email email, Part part) throws IOException, Extractor.Stopped {
    for (Part child : part.children()) {
      read(email, child);
    }
    if (DocumentPart.is(part) && mayGoOn()) {
      Document document = document(email, part);
      if (!DocumentPart.hasMagic(document)) {
        return;
      }
      Extracted extracted = extractor.read(document);
      documents++;
      troubles += extracted.outcome().isCostly() ? 1 : 0;
      if (extracted.outcome() != Outcome.UNKNOWN) {
        texts.add(extracted);
        chars += extracted.text().length();
      }
    }
  }

  private boolean mayGoOn() {
    return documents < DOCUMENTS_MAX && troubles < TROUBLES_MAX && chars < CHARS_MAX;
  }

  private Document document(Email email, Part part) {
    return () -> {
      InputStream body = account.open(email, part.bodyStart(), part.bodyBytes());
      return TransferDecoding.decoded(body, part.encoding().orElse("7bit"));
    };
  }

  @Override
  public List<Source> sources(Email email, Area area) {
    return area == Area.BODY
        ? texts.stream().<Source>map(it -> () -> Reader.of(it.text())).toList()
        : List.of();
  }

  @Override
  public int circle() {
    return Terms.circle(account.owner());
  }

  /// Nothing of an attachment stands in header lines.
  @Override
  public Optional<Email> withoutOwnLines(Email email) {
    return Optional.of(email);
  }

  @Override
  public List<String> kinds() {
    return texts.stream().map(it -> it.outcome().word()).distinct().toList();
  }
}
