@NullMarked
package org.posthorn.app.tlsreport;

import org.jspecify.annotations.NullMarked;
