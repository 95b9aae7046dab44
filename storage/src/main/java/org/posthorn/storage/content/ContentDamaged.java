package org.posthorn.storage.content;

import java.io.IOException;
import org.posthorn.message.ContentId;

/// The bytes on disk are not those that were written.
public final class ContentDamaged extends IOException {
  private static final long serialVersionUID = 1L;

  public ContentDamaged(ContentId id, String what) {
    super("Content " + id + " is damaged: " + what);
  }
}
