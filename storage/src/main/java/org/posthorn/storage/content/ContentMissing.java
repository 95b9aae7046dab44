package org.posthorn.storage.content;

import org.posthorn.message.ContentId;

/// No content has this id.
public final class ContentMissing extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ContentMissing(ContentId id) {
    super("No content " + id);
  }
}
