package org.posthorn.app.dkim;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import org.posthorn.smtp.outbound.ZoneDns;
import org.posthorn.storage.keys.DomainKeys;

/// Binds [DkimRotation], which wants to be started and closed. Needs the keys of domains, the DNS
/// and a clock.
public final class DkimModule extends AbstractModule {
  private final Duration longestWait;

  /// `longestWait`: how long mail that is signed may wait in our queue.
  public DkimModule(Duration longestWait) {
    this.longestWait = longestWait;
  }

  @Provides
  @Singleton
  DkimRotation rotation(DomainKeys keys, ZoneDns dns, InstantSource clock) {
    return new DkimRotation(keys, dns, clock, longestWait);
  }
}
