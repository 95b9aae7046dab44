package org.posthorn.mailets.match;

import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Messages of more than so many bytes: `SizeOver(10MB)`.
public final class SizeOver implements MatcherFactory {
  @Override
  public String name() {
    return "SizeOver";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    long limitBytes = parameters.bytes("size", -1);
    if (limitBytes < 0) {
      throw new ParameterException("parameter 'size' is missing, such as in SizeOver(10MB)");
    }
    return Whole.matcher(mail -> mail.message().sizeBytes() > limitBytes);
  }
}
