package org.posthorn.spool;

import java.time.InstantSource;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Submission;

/// What the server does for plugins.
record SpoolServices(Submission submission, ServerName name, InstantSource clock)
    implements Services {
  @Override
  public String hostname() {
    return name.value();
  }

  @Override
  public System.Logger logger(String name) {
    return System.getLogger(name);
  }
}
