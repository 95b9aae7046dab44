package org.posthorn.mailets.smime;

import java.security.Provider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/// The provider of algorithms for CMS, made when it is first needed. It is not registered with the
/// JVM, so nothing else changes its ways.
final class Castle {
  static final Provider PROVIDER = new BouncyCastleProvider();

  private Castle() {}
}
