/* The arguments of the measured call. */
#ifndef ECHO_H
#define ECHO_H

#define ECHO "\"hello world\",42,{\"a\":1,\"b\":[1,2,3]},\"zzzzzzzzzzzzzzzz\""

#endif
