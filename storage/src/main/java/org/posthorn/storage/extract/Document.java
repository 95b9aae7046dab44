package org.posthorn.storage.extract;

import java.io.IOException;
import java.io.InputStream;

/// The bytes of a document, transfer encoding taken off, which can be read more than once.
public interface Document {
  InputStream open() throws IOException;
}
