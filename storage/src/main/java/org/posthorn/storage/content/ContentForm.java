package org.posthorn.storage.content;

/// How contents are written that come in from now on; what is there is read whatever its form.
public record ContentForm(Compression compression, boolean encrypted) {
  /// What a store does unless somebody says otherwise.
  public static final ContentForm DEFAULT = new ContentForm(Compression.ZSTD, false);

  /// How the bytes of a message are made fewer.
  public enum Compression {
    ZSTD,
    NONE
  }
}
