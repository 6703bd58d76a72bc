/**
 * Shapes of what the server says, for the type checker. Nothing here runs; use them as
 * `@typedef {import("/static/common/types.js").Transaction} Transaction`.
 *
 * Generated from `appliance/server/wire/` and `appliance/server/events.py` by `make docs`;
 * `make check` fails when it is stale.
 *
 * @typedef {object} LogIn Name and password.
 * @property {string} username
 * @property {string} password
 *
 * @typedef {object} LogOut Which log-ins end: this one, or all that the person has.
 * @property {boolean} [everywhere]
 *
 * @typedef {object} DeviceSession What stands behind the # of an enrolment link: its code, or a
 *   device's token.
 * @property {string} token
 *
 * @typedef {object} DeviceTokenOffer What a station brings: the secret half of its code, and the
 *   token it has made for itself.
 * @property {string} code
 * @property {string} token
 *
 * @typedef {object} Setup The first manager, with the code that is on the kiosk's screen.
 * @property {string} code
 * @property {string} username
 * @property {string} name
 * @property {string} password
 *
 * @typedef {object} Payload What an event says; a field is named as the use case names it, on the
 *   wire as `name` says.
 *
 * @typedef {object} Command What every changing event may carry.
 * @property {string | null} [request_id]
 *
 * @typedef {object} ChooseItem Add a variant to a selection, or put it in the place of an item of
 *   the same service.
 * @property {number} transaction_id
 * @property {number} service_classification_id
 * @property {string | null} [request_id]
 * @property {number | null} [replaces]
 * @property {boolean} [ask]
 *
 * @typedef {object} RemoveItem Remove an item.
 * @property {number} transaction_id
 * @property {number} item_id
 * @property {string | null} [request_id]
 *
 * @typedef {object} ConfirmSelection Confirm, with or without a whole selection, and with the total
 *   that the customer has seen.
 * @property {number | null} [transaction_id]
 * @property {WantedItem[] | null} [items]
 * @property {number | string | null} [expected_total]
 * @property {string | null} [language]
 * @property {WantedSomebody | null} [wanted]
 * @property {string | null} [request_id]
 *
 * @typedef {object} WantedItem A variant in a whole selection.
 * @property {number} service_classification_id
 *
 * @typedef {object} WantedSomebody Whom a customer asks for.
 * @property {WantedKind} kind
 * @property {number | null} [therapist_id]
 *
 * @typedef {"anyone" | "man" | "therapist" | "woman"} WantedKind What a customer asks for.
 *
 * @typedef {object} OnTransaction An event on one transaction.
 * @property {number} transaction_id
 * @property {string | null} [request_id]
 *
 * @typedef {object} AddItem Add a variant.
 * @property {number} transaction_id
 * @property {number} service_classification_id
 * @property {string | null} [request_id]
 *
 * @typedef {object} ToTherapist Which therapist takes my customer over.
 * @property {number} transaction_id
 * @property {string | null} [request_id]
 * @property {number} therapist_id
 *
 * @typedef {object} ToRoom Which room my customer goes to.
 * @property {number} transaction_id
 * @property {string | null} [request_id]
 * @property {string} room_number
 *
 * @typedef {object} NoShow Cancel somebody who did not come.
 * @property {number} transaction_id
 * @property {string | null} [reason]
 * @property {string | null} [request_id]
 *
 * @typedef {object} ReadyRoom Which room is ready; the therapist's own where it is not said.
 * @property {string | null} [request_id]
 * @property {string | null} [room_number]
 *
 * @typedef {object} RemoveFromQueue Take somebody off the waiting list.
 * @property {number} transaction_id
 * @property {string | null} [reason]
 * @property {string | null} [request_id]
 *
 * @typedef {object} AddWalkIn Somebody who cannot use the kiosk, with what they would like.
 * @property {string | null} [request_id]
 * @property {WantedItem[]} items
 * @property {string | null} [note]
 * @property {WantedSomebody | null} [wanted]
 *
 * @typedef {object} ClaimCode Claim by code.
 * @property {string | number} code
 * @property {string | null} [request_id]
 *
 * @typedef {object} Pay Take a payment: by one method, or by several tenders.
 * @property {number} transaction_id
 * @property {number | string | null} [amount_paid]
 * @property {string | null} [method]
 * @property {number | string | null} [tip]
 * @property {string | null} [reference]
 * @property {OfferedTender[] | null} [tenders]
 * @property {string | null} [request_id]
 *
 * @typedef {object} OfferedTender What is handed over by one method, its tip included.
 * @property {string} method
 * @property {number | string} amount_paid
 * @property {number | string | null} [tip]
 * @property {string | null} [reference]
 *
 * @typedef {object} Adjust Take something off a bill.
 * @property {number} transaction_id
 * @property {Approval | null} [approval]
 * @property {string | null} [request_id]
 * @property {AdjustmentKind} kind
 * @property {number | string} value
 * @property {string} reason
 * @property {number | null} [item_id]
 *
 * @typedef {object} Approval A manager's name and PIN, at someone else's screen.
 * @property {string} username
 * @property {string} pin
 *
 * @typedef {"amount_off" | "percent_off" | "price"} AdjustmentKind How much is taken off.
 *
 * @typedef {object} RemoveAdjustment Take an adjustment back.
 * @property {number} transaction_id
 * @property {number} adjustment_id
 * @property {string | null} [request_id]
 *
 * @typedef {object} GiveBack Refund lines of a paid visit.
 * @property {number} transaction_id
 * @property {Approval | null} [approval]
 * @property {string | null} [request_id]
 * @property {ItemAmount[]} [lines]
 * @property {number | string | null} [tip_amount]
 * @property {MethodAmount[] | null} [methods]
 * @property {string} reason
 * @property {number | null} [shift_id]
 *
 * @typedef {object} ItemAmount An amount of one item.
 * @property {number} item_id
 * @property {number | string} amount
 *
 * @typedef {object} MethodAmount An amount by one method.
 * @property {string} method
 * @property {number | string} amount
 *
 * @typedef {object} CorrectTender Say by which methods a visit was really paid.
 * @property {number} transaction_id
 * @property {Approval | null} [approval]
 * @property {string | null} [request_id]
 * @property {MethodAmount[]} tenders
 * @property {string} reason
 *
 * @typedef {object} OpenShift Begin a shift with a counted float, by sum or by coins and notes.
 * @property {number | string | null} [float_amount]
 * @property {Record<string, number> | null} [denominations]
 * @property {string | null} [drawer]
 * @property {string | null} [request_id]
 *
 * @typedef {object} MoveCash Cash into the drawer or out of it.
 * @property {MovementKind} kind
 * @property {number | string} amount
 * @property {string} reason
 * @property {number | null} [therapist_id]
 * @property {string | null} [request_id]
 *
 * @typedef {"drop" | "pay_in" | "pay_out" | "tip_payout"} MovementKind Why cash went into a drawer
 *   or out of it without a customer.
 *
 * @typedef {object} CountDrawer A blind count, by sum or by coins and notes; a manager names the
 *   shift.
 * @property {number | string | null} [counted_amount]
 * @property {Record<string, number> | null} [denominations]
 * @property {number | null} [shift_id]
 * @property {string | null} [request_id]
 *
 * @typedef {object} CloseShift End a counted shift; a manager names it.
 * @property {number | string | null} [left_amount]
 * @property {string | null} [reason]
 * @property {number | null} [shift_id]
 * @property {string | null} [request_id]
 *
 * @typedef {object} OpenDrawer Why the drawer is to be opened without a payment.
 * @property {string} reason
 * @property {string | null} [request_id]
 *
 * @typedef {object} OnPrintJob An event on one print job.
 * @property {number} job_id
 * @property {string | null} [request_id]
 *
 * @typedef {object} MovePrintJob Another printer for a paper.
 * @property {number} job_id
 * @property {string} printer
 * @property {string | null} [request_id]
 *
 * @typedef {object} DropPrintJob A paper that nobody needs, and why.
 * @property {number} job_id
 * @property {string} reason
 * @property {string | null} [request_id]
 *
 * @typedef {object} WithReason What a manager does with someone else's customer, and why.
 * @property {number} transaction_id
 * @property {string | null} [request_id]
 * @property {string} reason
 *
 * @typedef {object} HandOver Who takes the customer over: a therapist or a cashier.
 * @property {number} transaction_id
 * @property {number | null} [therapist_id]
 * @property {number | null} [cashier_id]
 * @property {string | null} [reason]
 * @property {string | null} [request_id]
 *
 * @typedef {object} OnRoom What became of a room.
 * @property {true} ok
 * @property {ManagedRoom} room
 *
 * @typedef {object} OwnPassword A new password of one's own.
 * @property {string | null} [request_id]
 * @property {string} password
 * @property {string} current_password
 *
 * @typedef {object} OwnLanguage The language in which one's own pages speak.
 * @property {string | null} [request_id]
 * @property {string} language
 *
 * @typedef {object} OwnPin A new PIN of one's own.
 * @property {string | null} [request_id]
 * @property {string} pin
 * @property {string} current_password
 *
 * @typedef {object} AddPerson A new person.
 * @property {string | null} [request_id]
 * @property {string} password
 * @property {"cashier" | "manager" | "therapist"} role
 * @property {string} username
 * @property {string} name
 * @property {string | null} [room_number]
 * @property {Gender | null} [gender]
 * @property {number | string | null} [commission_percent]
 *
 * @typedef {"man" | "woman"} Gender What a customer may ask for.
 *
 * @typedef {object} ChangePerson What of a person is to be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {string} [username]
 * @property {string | null} [room_number]
 * @property {boolean} [disabled]
 * @property {Gender | null} [gender]
 * @property {number | string | null} [commission_percent]
 * @property {PersonFields | null} [expected]
 *
 * @typedef {object} PersonFields What of a person may be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {string} [username]
 * @property {string | null} [room_number]
 * @property {boolean} [disabled]
 * @property {Gender | null} [gender]
 * @property {number | string | null} [commission_percent]
 *
 * @typedef {object} NewPassword A new password for somebody.
 * @property {string | null} [request_id]
 * @property {string} password
 *
 * @typedef {object} NewPin A new PIN for somebody.
 * @property {string | null} [request_id]
 * @property {string} pin
 *
 * @typedef {object} NameRoom A room's number.
 * @property {string | null} [request_id]
 * @property {string} room_number
 *
 * @typedef {object} ChangeRoom What of a room is to be changed.
 * @property {string | null} [request_id]
 * @property {string} [room_number]
 * @property {RoomFields | null} [expected]
 *
 * @typedef {object} RoomFields What of a room may be changed.
 * @property {string | null} [request_id]
 * @property {string} [room_number]
 *
 * @typedef {object} AddDevice A new device.
 * @property {string | null} [request_id]
 * @property {"display" | "kiosk" | "peripherals"} kind
 * @property {string} name
 *
 * @typedef {object} PutInOrder The entries of one list, all of them, in the order that they are to
 *   have.
 * @property {string | null} [request_id]
 * @property {"category" | "classification" | "service"} kind
 * @property {number[]} ids
 *
 * @typedef {object} AddCategory A new category.
 * @property {string | null} [request_id]
 * @property {string} name
 * @property {Record<string, TranslatedWords> | null} [translations]
 * @property {number | null} [position]
 * @property {string} [description]
 * @property {string | null} [icon]
 * @property {string | null} [photo]
 *
 * @typedef {object} TranslatedWords A name in another language.
 * @property {string} name
 * @property {string} [description]
 *
 * @typedef {object} ChangeCategory What of a category is to be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {Record<string, TranslatedWords>} [translations]
 * @property {number} [position]
 * @property {boolean} [active]
 * @property {string} [description]
 * @property {string | null} [icon]
 * @property {string | null} [photo]
 * @property {CategoryFields | null} [expected]
 *
 * @typedef {object} CategoryFields What of a category may be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {Record<string, TranslatedWords>} [translations]
 * @property {number} [position]
 * @property {boolean} [active]
 * @property {string} [description]
 * @property {string | null} [icon]
 * @property {string | null} [photo]
 *
 * @typedef {object} AddService A new service.
 * @property {string | null} [request_id]
 * @property {string} name
 * @property {Record<string, TranslatedWords> | null} [translations]
 * @property {number | null} [position]
 * @property {string} [description]
 * @property {string | null} [icon]
 * @property {string | null} [photo]
 * @property {number} category_id
 * @property {number | string | null} [tax_rate]
 *
 * @typedef {object} ChangeService What of a service is to be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {Record<string, TranslatedWords>} [translations]
 * @property {number} [position]
 * @property {boolean} [active]
 * @property {string} [description]
 * @property {string | null} [icon]
 * @property {string | null} [photo]
 * @property {string | null} [hidden_until]
 * @property {number | string} [tax_rate]
 * @property {number} [category_id]
 * @property {ServiceFields | null} [expected]
 *
 * @typedef {object} ServiceFields What of a service may be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {Record<string, TranslatedWords>} [translations]
 * @property {number} [position]
 * @property {boolean} [active]
 * @property {string} [description]
 * @property {string | null} [icon]
 * @property {string | null} [photo]
 * @property {string | null} [hidden_until]
 * @property {number | string} [tax_rate]
 * @property {number} [category_id]
 *
 * @typedef {object} AddClassification A new variant of a service.
 * @property {string | null} [request_id]
 * @property {string} name
 * @property {Record<string, TranslatedWords> | null} [translations]
 * @property {number | null} [position]
 * @property {number} service_id
 * @property {number | string} price
 * @property {number} duration_minutes
 * @property {number | string | null} [turn_value]
 *
 * @typedef {object} ChangeClassification What of a variant is to be changed.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {Record<string, TranslatedWords>} [translations]
 * @property {number} [position]
 * @property {boolean} [active]
 * @property {string | null} [hidden_until]
 * @property {number} [duration_minutes]
 * @property {number | string} [turn_value]
 * @property {number | string | null} [price]
 * @property {string} [from] Without an offset by the shop's own clock
 * @property {ClassificationFields | null} [expected]
 *
 * @typedef {object} ClassificationFields What of a variant may be changed; with `from` the price is
 *   scheduled.
 * @property {string | null} [request_id]
 * @property {string} [name]
 * @property {Record<string, TranslatedWords>} [translations]
 * @property {number} [position]
 * @property {boolean} [active]
 * @property {string | null} [hidden_until]
 * @property {number} [duration_minutes]
 * @property {number | string} [turn_value]
 * @property {number | string | null} [price]
 * @property {string} [from] Without an offset by the shop's own clock
 *
 * @typedef {object} Refusal What was asked for was not done, and why.
 * @property {false} ok
 * @property {string} error A sentence for people
 * @property {"approval_required" | "authentication_required" | "busy" | "forbidden" |
 *   "insufficient_payment" | "internal" | "invalid_credentials" | "invalid_state" | "not_found" |
 *   "nothing_waiting" | "room_unavailable" | "too_many_attempts" | "unavailable" |
 *   "validation_failed"} code A word for programs
 * @property {number} [retry_after] Seconds
 * @property {Transaction} [transaction] As it is now, where it costs something else than was
 *   expected
 * @property {number} [instead_of] The item that the variant may be meant to replace: ask the
 *   customer
 * @property {boolean} [wanted_off_duty] Whom the customer asks for is not there: ask again
 * @property {boolean} [visit_full] No more fits; what was chosen before stands
 *
 * @typedef {object} Transaction A visit, with what may be done with it.
 * @property {number} id
 * @property {string | null} code
 * @property {TransactionStatus} status
 * @property {string | null} therapist
 * @property {number | null} therapist_id
 * @property {string | null} cashier
 * @property {number | null} cashier_id
 * @property {string | null} room_number
 * @property {number} subtotal_amount In the shop's currency, with its decimals
 * @property {number} discount_amount An amount that may be negative
 * @property {number} total_amount In the shop's currency, with its decimals
 * @property {number} total_duration_minutes
 * @property {string | null} note What staff should know
 * @property {Hold | null} hold Why this customer is not called at present; else null
 * @property {string | null} held_since
 * @property {Wanted} wanted
 * @property {string} created_at
 * @property {string | null} selection_confirmed_at
 * @property {string | null} therapist_confirmed_at
 * @property {string | null} service_start_at
 * @property {string | null} service_finish_at
 * @property {string | null} cashier_claimed_at
 * @property {string | null} paid_at
 * @property {Item[]} items
 * @property {Adjustment[]} adjustments
 * @property {Payment | null} payment
 * @property {number} refunded_amount In the shop's currency, with its decimals
 * @property {Refund[]} refunds
 * @property {string[]} allowed_events What may be asked for now
 * @property {string[]} manager_events What a manager may ask for now
 * @property {number | null} [estimated_wait_minutes] In the queue of those who wait
 *
 * @typedef {"awaiting_payment" | "cancelled" | "finished" | "in_service" | "paid" | "paying" |
 *   "pending_therapist" | "selecting" | "therapist_confirmed"} TransactionStatus Where a customer's
 *   visit stands.
 *
 * @typedef {"carried_over" | "skipped" | "stayed_out" | "stepped_out"} Hold Why somebody in the
 *   queue is not called at present; their place is kept.
 *
 * @typedef {object} Wanted Whom a customer asked for.
 * @property {WantedKind} kind
 * @property {number | null} therapist_id
 * @property {string | null} therapist Their name
 *
 * @typedef {object} Item One service that a customer chose.
 * @property {number} id
 * @property {number} service_id
 * @property {string} service_name
 * @property {number} service_classification_id
 * @property {string} classification_name
 * @property {number} price In the shop's currency, with its decimals
 * @property {number} duration_minutes
 *
 * @typedef {object} Adjustment Something that was taken off a bill.
 * @property {number} id
 * @property {number | null} item_id null for the whole bill
 * @property {AdjustmentKind} kind
 * @property {number} value
 * @property {number} amount An amount that may be negative
 * @property {string} reason
 * @property {string} by
 * @property {string | null} approved_by
 *
 * @typedef {object} Payment How a customer paid.
 * @property {number} amount_due In the shop's currency, with its decimals
 * @property {number} amount_paid In the shop's currency, with its decimals
 * @property {number} change_amount In the shop's currency, with its decimals
 * @property {"cash" | "card" | "other" | "mixed"} method
 * @property {number | null} receipt_number
 * @property {number} tip_amount An amount that may be negative
 * @property {number} rounding_amount An amount that may be negative
 * @property {TaxLine[]} tax
 * @property {Tender[]} tenders
 * @property {string} created_at
 *
 * @typedef {object} TaxLine The tax of one rate.
 * @property {number} rate Percent
 * @property {number} net An amount that may be negative
 * @property {number} tax An amount that may be negative
 *
 * @typedef {object} Tender A part of a payment or of a refund, by one method.
 * @property {"cash" | "card" | "other"} method
 * @property {number} amount An amount that may be negative
 * @property {number} given An amount that may be negative
 * @property {number} change An amount that may be negative
 * @property {number} tip An amount that may be negative
 * @property {number} rounding An amount that may be negative
 *
 * @typedef {object} Refund Money that went back.
 * @property {number} number
 * @property {number} amount An amount that may be negative
 * @property {number} tip_amount An amount that may be negative
 * @property {string} reason
 * @property {string} by
 * @property {string | null} approved_by
 * @property {RefundLine[]} lines
 * @property {Tender[]} tenders
 * @property {string} created_at
 *
 * @typedef {object} RefundLine What went back of one item.
 * @property {number} item_id
 * @property {number} amount An amount that may be negative
 *
 * @typedef {object} Done All is well, and there is nothing to tell.
 * @property {true} ok
 *
 * @typedef {object} Visit What became of a visit.
 * @property {true} ok
 * @property {Transaction} transaction
 *
 * @typedef {object} Undo What `customer_add_item` is told to take the last change of a selection
 *   back.
 * @property {number} service_classification_id
 * @property {number | null} replaces
 * @property {number} seconds How long a screen offers it
 *
 * @typedef {object} Selected A selection after a change.
 * @property {true} ok
 * @property {Transaction} transaction
 * @property {Undo} [undo] Where something was taken off that is still offered
 *
 * @typedef {object} Confirmed A confirmed selection and its place in the queue.
 * @property {true} ok
 * @property {Transaction} transaction
 * @property {number} queue_position 1 = next
 * @property {number | null} estimated_wait_minutes null when nobody can say
 *
 * @typedef {object} Refunded A refund, and the visit after it.
 * @property {true} ok
 * @property {Transaction} transaction
 * @property {Refund} refund
 *
 * @typedef {object} HistoryRow One thing that happened to a visit.
 * @property {string} event
 * @property {string | null} from
 * @property {string | null} to
 * @property {string} actor
 * @property {Role} actor_role
 * @property {string} at
 * @property {Record<string, any> | null} detail
 *
 * @typedef {"cashier" | "customer" | "display" | "kiosk" | "manager" | "peripherals" | "system" |
 *   "therapist"} Role Who or what acts. The first three are people, the next three devices.      A
 *   customer is known by the secret on the ticket, and may do what its page offers.
 *
 * @typedef {object} Movement Cash that moved without a customer.
 * @property {number} id
 * @property {MovementKind} kind
 * @property {number} amount An amount that may be negative
 * @property {string} reason
 * @property {number | null} therapist_id
 * @property {string} at
 *
 * @typedef {object} Shift A cashier's shift at a drawer; what was taken is null until it is
 *   counted.
 * @property {number} id
 * @property {string} drawer
 * @property {string} cashier
 * @property {ShiftState} state
 * @property {string} business_date
 * @property {string} opened_at
 * @property {string | null} closed_at
 * @property {number | null} float_amount
 * @property {number | null} counted_amount
 * @property {number | null} expected_amount
 * @property {number | null} difference
 * @property {number | null} left_amount
 * @property {Record<string, number> | null} totals By method
 * @property {number | null} tips
 * @property {Movement[]} movements
 *
 * @typedef {"closed" | "counted" | "open"} ShiftState Where a shift stands.
 *
 * @typedef {object} OnShift What became of a shift.
 * @property {true} ok
 * @property {Shift} shift
 *
 * @typedef {object} Treated A customer whom a therapist has treated.
 * @property {string} code
 * @property {string[]} services
 * @property {string | null} service_start_at
 * @property {string | null} service_finish_at
 * @property {number} minutes
 *
 * @typedef {object} MyDay What a therapist has done today.
 * @property {true} ok
 * @property {string} business_date
 * @property {number} minutes Of all services, as they took
 * @property {number} tips An amount that may be negative
 * @property {Treated[]} treated In the order in which they were finished
 *
 * @typedef {object} MyShift My open shift, if I have one.
 * @property {true} ok
 * @property {Shift | null} shift
 *
 * @typedef {object} Shifts The shifts of a business date, oldest first.
 * @property {true} ok
 * @property {Shift[]} shifts
 *
 * @typedef {object} Transactions The visits that were looked for; `more`: there are earlier ones
 *   that are not listed.
 * @property {true} ok
 * @property {Transaction[]} transactions
 * @property {boolean} more
 *
 * @typedef {object} ClosedShift A shift as an X or a Z tells it; what should be there is null until
 *   it is counted.
 * @property {number} id
 * @property {string} drawer
 * @property {string} cashier
 * @property {ShiftState} state
 * @property {string} opened_at
 * @property {string | null} closed_at
 * @property {number | null} float null: not counted
 * @property {number | null} expected
 * @property {number | null} counted
 * @property {number | null} difference
 * @property {string | null} difference_reason
 * @property {number | null} left
 * @property {number} tips An amount that may be negative
 * @property {Record<string, number>} totals By method
 *
 * @typedef {object} OpenCustomer A customer who is still here when a day is closed.
 * @property {string | null} code
 * @property {TransactionStatus} status
 * @property {number} amount What is owed by now
 *
 * @typedef {object} OpenCustomers Who is carried over to the next day.
 * @property {number} count
 * @property {number} amount In the shop's currency, with its decimals
 * @property {OpenCustomer[]} customers
 *
 * @typedef {object} WalkOut A customer who left without paying.
 * @property {string | null} code
 * @property {number} amount In the shop's currency, with its decimals
 *
 * @typedef {object} Uncollected Who left without paying.
 * @property {number} count
 * @property {number} amount In the shop's currency, with its decimals
 * @property {WalkOut[]} customers
 *
 * @typedef {object} X The figures of a day that goes on.
 * @property {string} business_date
 * @property {string} currency ISO 4217
 * @property {number} sales An amount that may be negative
 * @property {number} visits
 * @property {number} tips An amount that may be negative
 * @property {number} refunds An amount that may be negative
 * @property {number} discounts An amount that may be negative
 * @property {number} rounding An amount that may be negative
 * @property {number} corrections
 * @property {TaxLine[]} tax
 * @property {Record<string, number>} totals By method
 * @property {ClosedShift[]} shifts
 * @property {Uncollected} uncollected
 * @property {OpenCustomers} open_customers
 *
 * @typedef {object} Z A closed day, which never changes.
 * @property {string} business_date
 * @property {string} currency ISO 4217
 * @property {number} sales An amount that may be negative
 * @property {number} visits
 * @property {number} tips An amount that may be negative
 * @property {number} refunds An amount that may be negative
 * @property {number} discounts An amount that may be negative
 * @property {number} rounding An amount that may be negative
 * @property {number} corrections
 * @property {TaxLine[]} tax
 * @property {Record<string, number>} totals By method
 * @property {ClosedShift[]} shifts
 * @property {Uncollected} uncollected
 * @property {OpenCustomers} open_customers
 * @property {number} number
 * @property {string} closed_at
 * @property {string} closed_by
 * @property {number} grand_total Sales less refunds since the first day
 * @property {string} previous_hash
 * @property {string} hash
 *
 * @typedef {object} SealedZ A closed day, looked at whether anybody has changed it.
 * @property {string} business_date
 * @property {string} currency ISO 4217
 * @property {number} sales An amount that may be negative
 * @property {number} visits
 * @property {number} tips An amount that may be negative
 * @property {number} refunds An amount that may be negative
 * @property {number} discounts An amount that may be negative
 * @property {number} rounding An amount that may be negative
 * @property {number} corrections
 * @property {TaxLine[]} tax
 * @property {Record<string, number>} totals By method
 * @property {ClosedShift[]} shifts
 * @property {Uncollected} uncollected
 * @property {OpenCustomers} open_customers
 * @property {number} number
 * @property {string} closed_at
 * @property {string} closed_by
 * @property {number} grand_total Sales less refunds since the first day
 * @property {string} previous_hash
 * @property {string} hash
 * @property {boolean} verified Its hashes fit its text and the day before
 *
 * @typedef {object} OnX What the next Z would say if it were made now.
 * @property {true} ok
 * @property {X} x
 * @property {string} today The business date now
 * @property {boolean} closed Whether this day has its Z already
 *
 * @typedef {object} OnZ A closed day.
 * @property {true} ok
 * @property {Z} z
 *
 * @typedef {object} ReportFigures The figures of a report; which of them there are depends on what
 *   it has rows for.
 * @property {number} [visits]
 * @property {number} [payments]
 * @property {number} [items]
 * @property {number} [sales] An amount that may be negative
 * @property {number} [discounts] An amount that may be negative
 * @property {number} [refunds] An amount that may be negative
 * @property {number} [tips] An amount that may be negative
 * @property {number} [rounding] An amount that may be negative
 * @property {number} [taken] An amount that may be negative
 * @property {number} [tips_paid] An amount that may be negative
 * @property {number} [tips_owed] An amount that may be negative
 * @property {number} [commission] An amount that may be negative
 * @property {number} [difference] An amount that may be negative
 * @property {number} [no_shows]
 * @property {number | null} [wait_p50] Minutes
 * @property {number | null} [wait_p90] Minutes
 * @property {number} [busy_minutes]
 * @property {number} [open_minutes]
 * @property {number | null} [utilisation] Percent
 *
 * @typedef {object} ReportRow A row of a report: one of `day` to `room`, and its figures.
 * @property {number} [visits]
 * @property {number} [payments]
 * @property {number} [items]
 * @property {number} [sales] An amount that may be negative
 * @property {number} [discounts] An amount that may be negative
 * @property {number} [refunds] An amount that may be negative
 * @property {number} [tips] An amount that may be negative
 * @property {number} [rounding] An amount that may be negative
 * @property {number} [taken] An amount that may be negative
 * @property {number} [tips_paid] An amount that may be negative
 * @property {number} [tips_owed] An amount that may be negative
 * @property {number} [commission] An amount that may be negative
 * @property {number} [difference] An amount that may be negative
 * @property {number} [no_shows]
 * @property {number | null} [wait_p50] Minutes
 * @property {number | null} [wait_p90] Minutes
 * @property {number} [busy_minutes]
 * @property {number} [open_minutes]
 * @property {number | null} [utilisation] Percent
 * @property {string} [day]
 * @property {string} [hour]
 * @property {string} [service]
 * @property {string} [therapist]
 * @property {string} [cashier]
 * @property {string} [method]
 * @property {string} [room]
 *
 * @typedef {object} Report A report; money by the date on which its shift opened, visits by their
 *   own.
 * @property {true} ok
 * @property {Grouping} by
 * @property {string} from
 * @property {string} to
 * @property {string} currency ISO 4217
 * @property {ReportRow[]} rows
 * @property {ReportFigures} totals
 *
 * @typedef {"cashier" | "day" | "hour" | "method" | "room" | "service" | "therapist"} Grouping What
 *   a report has a row for.
 *
 * @typedef {object} ZReports A page of closed days, newest first.
 * @property {true} ok
 * @property {SealedZ[]} reports
 * @property {number | null} before Where the next page begins, if there is one
 *
 * @typedef {object} Moved Cash that moved, and its shift.
 * @property {true} ok
 * @property {Shift} shift
 * @property {Movement} movement
 *
 * @typedef {object} Room A treatment room.
 * @property {string} room_number
 * @property {RoomStatus} status
 * @property {number | null} current_transaction_id
 * @property {string | null} therapist
 *
 * @typedef {"available" | "occupied" | "preparing"} RoomStatus What a treatment room is doing.
 *
 * @typedef {object} OnDuty A therapist on duty.
 * @property {number} therapist_id
 * @property {string} name
 * @property {string | null} room_number
 * @property {Duty} state
 * @property {string} since Since when they are there, or on their break
 * @property {string} on_duty_since
 * @property {number | null} next_transaction_id Whom they would call now; null for nobody
 * @property {number | null} turns Had today; null where the first press counts
 * @property {string | null} first Whose turn it is, where it is not this one's; else null
 * @property {boolean} long For so long that they probably forgot to go off duty
 *
 * @typedef {"break" | "in" | "out"} Duty Whether a therapist is there to be given customers.
 *
 * @typedef {object} DutyNow Whether a therapist is there to be given customers.
 * @property {true} ok
 * @property {Duty} state
 * @property {string | null} since
 *
 * @typedef {object} RoomReady A room that is ready.
 * @property {true} ok
 * @property {Room} room
 *
 * @typedef {object} PrintJob A paper as staff see it.
 * @property {number} id
 * @property {PrintRole} kind
 * @property {"dropped" | "held" | "leased" | "printed" | "waiting"} state
 * @property {boolean} copy It may be out already, so this one is marked COPY
 * @property {number | null} transaction_id
 * @property {string | null} code
 * @property {string | null} printer Where it goes or was tried last
 * @property {string | null} error Why it did not come out
 * @property {string | null} question What somebody has to decide about it
 * @property {string} created_at
 *
 * @typedef {"receipt" | "report" | "ticket"} PrintRole What a printer is for.
 *
 * @typedef {object} OnPaper What became of a paper.
 * @property {true} ok
 * @property {PrintJob} job
 *
 * @typedef {object} LeasedJob A paper as the daemon gets it.
 * @property {number} id
 * @property {PrintRole} kind
 * @property {string} lease
 * @property {boolean} copy
 * @property {TicketDocument | ReceiptDocument | ReportDocument} document
 *
 * @typedef {object} Leased What a printer has to do, if anything.
 * @property {true} ok
 * @property {LeasedJob | null} job
 *
 * @typedef {object} DrawerTaken Whether the printer has to open its drawer now.
 * @property {true} ok
 * @property {boolean} open
 *
 * @typedef {object} Printer A printer and what it needs.
 * @property {string} name
 * @property {PrintRole[]} roles
 * @property {PrintRole[]} fallback_roles What it prints only while the others cannot
 * @property {boolean} online
 * @property {Paper} paper
 * @property {boolean} cover_open
 * @property {string | null} error
 * @property {string | null} need Without its name; null when it prints
 * @property {string | null} problem The same as a sentence with its name
 * @property {string} [notice] What it will need soon, such as `paper low`
 *
 * @typedef {"low" | "ok" | "out" | "unknown"} Paper What a printer says of its paper.
 *
 * @typedef {object} Peripheral A peripherals daemon.
 * @property {string} name
 * @property {boolean} online
 *
 * @typedef {object} JobsWaiting How many papers are owed, by kind.
 * @property {number} ticket
 * @property {number} receipt
 * @property {number} report
 *
 * @typedef {object} Introduced What a daemon learns when it introduces itself.
 * @property {true} ok
 * @property {Record<string, LampPattern>} lamps By room number
 * @property {JobsWaiting} jobs_waiting
 *
 * @typedef {"fast_blink" | "off" | "on" | "pulse" | "slow_blink"} LampPattern What the lamp in a
 *   call button shows; each tells what a press would do.
 *
 * @typedef {object} Pressed What a call button's lamp shows now; null for a room that the spa does
 *   not have.
 * @property {true} ok
 * @property {LampPattern | null} lamp
 *
 * @typedef {object} Alive A sign of life.
 * @property {true} ok
 * @property {string} now
 *
 * @typedef {object} Counts How many there are, also where a list is cut.
 * @property {number} pending Of those who wait, who may be called
 * @property {number} on_hold Of those who wait, who is not called at present
 * @property {number} in_progress
 * @property {number} finished
 *
 * @typedef {object} Queue Everything that staff see at once; each list with the oldest first.
 * @property {true} ok
 * @property {number} version Only grows; what is older than what one has is old
 * @property {string} now
 * @property {Transaction[]} pending
 * @property {Transaction[]} in_progress
 * @property {Transaction[]} finished
 * @property {Counts} counts
 * @property {Room[]} rooms
 * @property {OnDuty[]} duty
 *
 * @typedef {object} Call A customer who is called.
 * @property {string} code
 * @property {string} room_number
 * @property {string} at
 *
 * @typedef {object} Waiting A customer who waits.
 * @property {string} code
 * @property {number | null} estimated_wait_minutes null when nobody can say
 * @property {WantedKind} [wanted] That they asked for somebody, never for whom
 *
 * @typedef {object} Therapist A therapist whom a customer may ask for.
 * @property {number} id
 * @property {string} name
 *
 * @typedef {object} Therapists Whom a customer may ask for now.
 * @property {true} ok
 * @property {WantedKind[]} kinds
 * @property {Therapist[]} therapists
 *
 * @typedef {object} Wait What somebody may expect who takes a number now.
 * @property {true} ok
 * @property {number} people_before
 * @property {number | null} estimated_wait_minutes Rounded to 5; 0 is less than 5; null when nobody
 *   can say
 * @property {string | null} closes_at null where the shop does not say
 * @property {Reach} reach Whether their turn comes before the shop closes
 *
 * @typedef {"closed" | "likely" | "unlikely"} Reach Whether somebody's turn comes before the shop
 *   closes.
 *
 * @typedef {object} Board What the lobby sees: no names and no money.
 * @property {true} ok
 * @property {number} version Only grows; what is older than what one has is old
 * @property {Call[]} calls Newest first
 * @property {Waiting[]} waiting Next first
 * @property {Call[]} [recent_calls] Called in the last minutes and in their rooms by now, newest
 *   first
 * @property {number} [more_waiting] How many wait behind those in the list, if any
 *
 * @typedef {object} Devices Printers and what they need.
 * @property {true} ok
 * @property {number} version Only grows; what is older than what one has is old
 * @property {Printer[]} printers
 * @property {Peripheral[]} peripherals
 * @property {JobsWaiting} jobs_waiting
 * @property {PrintJob[]} jobs What is owed, oldest first, at most 50
 *
 * @typedef {object} OneTransaction A visit that has changed.
 * @property {number} version Only grows; what is older than what one has is old
 * @property {Transaction} transaction
 *
 * @typedef {object} CatalogNews What is offered has changed: time to read `/api/catalog` again.
 * @property {number} version Only grows; what is older than what one has is old
 *
 * @typedef {object} Revoked This socket is no longer anyone's.
 * @property {"authentication_required"} code
 *
 * @typedef {object} Lamp What a room's lamp shows from now on.
 * @property {string} room_number
 * @property {LampPattern} pattern
 *
 * @typedef {object} DrawerReady A cash drawer is to be opened: time to ask for it.
 *
 * @typedef {object} PrintReady A paper of this kind waits.
 * @property {PrintRole} role
 *
 * @typedef {object} Classification A variant of a service: what is chosen in the end.
 * @property {number} id
 * @property {string} name
 * @property {Record<string, Translated>} [translations] By language, where the shop has translated
 *   it
 * @property {number} price In the shop's currency, with its decimals
 * @property {number} duration_minutes
 *
 * @typedef {object} Translated Names in another language.
 * @property {string} [description]
 * @property {string} [name]
 *
 * @typedef {object} Service A service with its variants.
 * @property {number} id
 * @property {string} name
 * @property {string} description
 * @property {Record<string, Translated>} [translations] By language, where the shop has translated
 *   it
 * @property {string} [icon]
 * @property {string} [photo_url] A JPEG; another picture has another address
 * @property {Classification[]} classifications
 *
 * @typedef {object} Category A group of services.
 * @property {number} id
 * @property {string} name
 * @property {string} [description]
 * @property {Record<string, Translated>} [translations] By language, where the shop has translated
 *   it
 * @property {string} [icon]
 * @property {string} [photo_url] A JPEG; another picture has another address
 * @property {Service[]} services
 *
 * @typedef {object} TimeFilter What of the menu fits into an amount of time.
 * @property {number} minutes
 * @property {number[]} variants Ids of the variants that take no longer
 *
 * @typedef {object} Catalog What the shop offers now.
 * @property {true} ok
 * @property {string} currency ISO 4217
 * @property {Category[]} categories
 * @property {TimeFilter[]} time_filters Of a long menu, the shortest first; else empty
 *
 * @typedef {object} PriceFrom A price that becomes valid by itself.
 * @property {number} price In the shop's currency, with its decimals
 * @property {string} from
 *
 * @typedef {object} ManagedClassification A variant as a manager sees it.
 * @property {number} id
 * @property {string} name
 * @property {Record<string, Translated>} translations By language, where the shop has translated it
 * @property {number} position
 * @property {boolean} active
 * @property {string | null} hidden_until
 * @property {number} price In the shop's currency, with its decimals
 * @property {number} duration_minutes
 * @property {number} turn_value
 * @property {PriceFrom[]} scheduled
 *
 * @typedef {object} ManagedService A service as a manager sees it.
 * @property {number} id
 * @property {string} name
 * @property {string} description
 * @property {Record<string, Translated>} translations By language, where the shop has translated it
 * @property {string | null} icon
 * @property {string | null} photo
 * @property {string | null} photo_url
 * @property {number} position
 * @property {boolean} active
 * @property {string | null} hidden_until
 * @property {number} tax_rate Percent
 * @property {number} category_id
 * @property {ManagedClassification[]} classifications
 *
 * @typedef {object} ManagedCategory A category as a manager sees it.
 * @property {number} id
 * @property {string} name
 * @property {string} description
 * @property {Record<string, Translated>} translations By language, where the shop has translated it
 * @property {string | null} icon
 * @property {string | null} photo
 * @property {string | null} photo_url
 * @property {number} position
 * @property {boolean} active
 * @property {ManagedService[]} services
 *
 * @typedef {object} ManagedCatalog The whole catalogue, with what is hidden or no longer offered.
 * @property {true} ok
 * @property {string} currency ISO 4217
 * @property {ManagedCategory[]} categories
 *
 * @typedef {object} KeptPhoto A photo that a category or a service can have now.
 * @property {true} ok
 * @property {string} photo What `photo` of an entry takes
 * @property {string} photo_url A JPEG; another picture has another address
 *
 * @typedef {object} OnCategory What became of a category.
 * @property {true} ok
 * @property {ManagedCategory} category
 *
 * @typedef {object} OnService What became of a service.
 * @property {true} ok
 * @property {ManagedService} service
 *
 * @typedef {object} OnClassification What became of a variant.
 * @property {true} ok
 * @property {ManagedClassification} classification
 *
 * @typedef {object} Happened One thing that happened, to whatever.
 * @property {number} id
 * @property {string} at
 * @property {string} event
 * @property {string} actor
 * @property {Role} actor_role
 * @property {number | null} transaction_id
 * @property {string | null} code
 * @property {string | null} from
 * @property {string | null} to
 * @property {Record<string, any> | null} detail
 *
 * @typedef {object} History A page of what happened, newest first.
 * @property {true} ok
 * @property {Happened[]} history
 * @property {number | null} before Where the next page begins, if there is one
 *
 * @typedef {object} WholeVisit A visit, what happened to it, and its papers.
 * @property {true} ok
 * @property {Transaction} transaction
 * @property {HistoryRow[]} history
 * @property {PrintJob[]} print_jobs
 *
 * @typedef {object} RecentPayments Today's payments at a desk, the newest first.
 * @property {true} ok
 * @property {Transaction[]} transactions
 *
 * @typedef {object} TicketStatus What the holder of a ticket may know.
 * @property {true} ok
 * @property {number} version Only grows; what is older than what one has is old
 * @property {string} code
 * @property {TransactionStatus} status
 * @property {Hold | null} hold Why this customer is not called at present; else null
 * @property {string[]} events What the customer may ask for now
 * @property {number | null} people_before
 * @property {number | null} estimated_wait_minutes
 * @property {string | null} room_number
 * @property {Item[]} items
 * @property {number} total_amount In the shop's currency, with its decimals
 * @property {string | null} free_until Until about when they may be out; null where it is not worth
 *   going
 * @property {Wanted} [wanted] Where they asked for somebody
 *
 * @typedef {object} Person A person of the staff.
 * @property {number} id
 * @property {string} name
 * @property {string} username
 * @property {string | null} [room_number] A therapist's own room
 *
 * @typedef {object} Me Who is logged in, under their role.
 * @property {true} ok
 * @property {string} expires_at
 * @property {Person} [therapist]
 * @property {Person} [cashier]
 * @property {Person} [manager]
 *
 * @typedef {object} LoggedIn A log-in, with the person under their role.
 * @property {true} ok
 * @property {string} token
 * @property {string} expires_at
 * @property {Person} [therapist]
 * @property {Person} [cashier]
 * @property {Person} [manager]
 *
 * @typedef {object} StaffMember A person as a manager sees them.
 * @property {number} id
 * @property {Role} role
 * @property {string} username
 * @property {string} name
 * @property {string | null} room_number
 * @property {Gender | null} gender
 * @property {number | null} commission_percent
 * @property {boolean} has_pin Whether a PIN is set
 * @property {boolean} disabled
 * @property {boolean} on_duty
 * @property {Duty} duty
 *
 * @typedef {object} Staff Everyone who works here, or did.
 * @property {true} ok
 * @property {StaffMember[]} staff
 *
 * @typedef {object} OnPerson What became of a person.
 * @property {true} ok
 * @property {StaffMember} person
 *
 * @typedef {object} ManagedRoom A treatment room as a manager sees it.
 * @property {number} id
 * @property {string} room_number
 * @property {RoomStatus} status
 * @property {number | null} current_transaction_id
 * @property {string[]} therapists Whose room it is, by name
 *
 * @typedef {object} Rooms Every treatment room.
 * @property {true} ok
 * @property {ManagedRoom[]} rooms
 *
 * @typedef {object} ManagedDevice A kiosk, a display or a peripherals daemon as a manager sees it.
 * @property {number} id
 * @property {Role} kind
 * @property {string} name
 * @property {string} created_at
 * @property {boolean} revoked
 * @property {boolean} connected Of a daemon; screens come and go unnoticed
 * @property {number} browsers How many browsers are enrolled as it
 *
 * @typedef {object} ManagedDevices Every device, revoked ones too.
 * @property {true} ok
 * @property {ManagedDevice[]} devices
 *
 * @typedef {object} MachineFact Something about the machine that the server runs on.
 * @property {"bad" | "ok" | "warning"} level Whether somebody has to do something
 * @property {string[]} sentences What happened first, what to do last
 *
 * @typedef {object} Machine The machine itself: its settings, its card.
 * @property {true} ok
 * @property {string} release The one at work
 * @property {MachineFact[]} facts
 *
 * @typedef {object} OnDevice What became of a device.
 * @property {true} ok
 * @property {ManagedDevice} device
 *
 * @typedef {object} DeviceAdded A device, and what it comes in with: told once.
 * @property {true} ok
 * @property {ManagedDevice} device
 * @property {string} token
 * @property {string | null} enrol_url To open in its browser, once, within 15 minutes; null for a
 *   daemon
 * @property {string | null} enrol_qr The same as a QR code: an SVG drawing
 * @property {string | null} station_code For the card of a machine with printers and buttons alone,
 *   once, within 15 minutes; null for a screen, and where no certificate vouches for this machine
 *
 * @typedef {object} DeviceLink A device's new enrolment link, or a station's new code; the one
 *   before ends.
 * @property {true} ok
 * @property {ManagedDevice} device
 * @property {string | null} enrol_url To open in its browser, once, within 15 minutes; null for a
 *   daemon
 * @property {string | null} enrol_qr The same as a QR code: an SVG drawing
 * @property {string | null} station_code For the card of a machine with printers and buttons alone,
 *   once, within 15 minutes; null for a screen, and where no certificate vouches for this machine
 *
 * @typedef {object} DeviceName A device.
 * @property {Role} kind
 * @property {string} name
 *
 * @typedef {object} Enrolled A browser that is a device now.
 * @property {true} ok
 * @property {DeviceName} device
 *
 * @typedef {object} Health Whether the appliance is well.
 * @property {boolean} ok
 * @property {string} version
 * @property {"ok" | "takes no changes" | "unreachable"} database
 * @property {number} peripherals How many daemons are connected
 * @property {Record<string, number>} queue How many open visits, by state
 * @property {string} [error]
 * @property {string} [code]
 *
 * @typedef {object} Language A language that a page can speak.
 * @property {string} code
 * @property {string} name What its own speakers call it
 * @property {"ltr" | "rtl"} dir
 * @property {string} messages Where its catalogue is
 * @property {string} room Pattern of a sentence's word for a room, and the room
 *
 * @typedef {object} PaymentMethod A way to pay, as the cashier's page offers it.
 * @property {"cash" | "card" | "other"} name
 * @property {string} label
 * @property {string} icon
 * @property {string} received
 * @property {string} received_for
 * @property {boolean} gives_change Whether more than is due may be handed over
 * @property {string} instruction
 * @property {boolean} asks_reference
 *
 * @typedef {object} TherapistName A therapist, as the cashier's page names who is paid tips.
 * @property {number} id
 * @property {string} name
 *
 * @typedef {object} SectionLink A page of the reader's own, as the navigation shows it.
 * @property {string} path
 * @property {string} title In English; the page translates it
 * @property {string} icon
 *
 * @typedef {object} BoardExtras What the lobby board shows beside numbers.
 * @property {boolean} clock
 * @property {string} message
 * @property {string | null} picture Where it is, if the shop has one
 *
 * @typedef {object} KioskExtras What the kiosk shows while nobody is there.
 * @property {string | null} picture Where it is, if the shop has one
 * @property {number} picture_after_seconds 0 for never
 *
 * @typedef {object} Boot What the server puts into a page, for its script.
 * @property {string} shop_name
 * @property {string | null} logo Where the shop's logo is, if it has one
 * @property {string} currency ISO 4217
 * @property {string} time_zone The shop's own, as in `Europe/Berlin`
 * @property {number} selecting_timeout_seconds
 * @property {number} log_in_seconds How long a log-in that nobody uses lasts
 * @property {string} csrf_token
 * @property {Person | null} me
 * @property {boolean} demo
 * @property {string} locale BCP 47: the page's language when it was loaded
 * @property {"ltr" | "rtl"} dir
 * @property {string | null} language_cookie Where the reader's choice is kept, if it is
 * @property {Language[]} languages Those that this shop offers
 * @property {PaymentMethod[]} [payment_methods] On the cashier's page, in this order
 * @property {string[]} [denominations] On the cashier's page: coins and notes, the largest first
 * @property {number | null} [cash_rounding] On the cashier's page: the smallest coin in use
 * @property {TherapistName[]} [therapists] On the cashier's page
 * @property {SectionLink[]} [sections] On a page of the staff's own: all pages of this role, in
 *   their order
 * @property {string} [ticket_token] Only on a customer's own page
 * @property {BoardExtras} [board] On the lobby board: what it shows besides
 * @property {KioskExtras} [kiosk] On the kiosk: what it shows besides
 * @property {string} [role]
 * @property {string} [next]
 *
 * @typedef {object} TicketDocument What a ticket says; the daemon decides how it looks.
 * @property {string} at
 * @property {string} code
 * @property {string} currency
 * @property {number | null} estimated_wait_minutes
 * @property {DocumentItem[]} items
 * @property {string[]} [languages]
 * @property {number} queue_position
 * @property {string[]} [shop_details]
 * @property {string} shop_name
 * @property {string} status_url
 * @property {string} total_amount
 * @property {number} total_duration_minutes
 * @property {string} [wanted]
 *
 * @typedef {object} DocumentItem One line of a ticket or receipt.
 * @property {string} classification_name
 * @property {number} duration_minutes
 * @property {string} [name_for_customer]
 * @property {string} price
 * @property {string} service_name
 *
 * @typedef {object} ReceiptDocument What a receipt says.
 * @property {string} amount_paid
 * @property {string} at
 * @property {string} cashier
 * @property {string} change_amount
 * @property {string} code
 * @property {string} currency
 * @property {DocumentLine[]} [discounts]
 * @property {DocumentItem[]} items
 * @property {string[]} [languages]
 * @property {string} method
 * @property {string} [method_label]
 * @property {boolean} open_drawer
 * @property {number} [receipt_number]
 * @property {DocumentRefund[]} [refunds]
 * @property {string} [room_number]
 * @property {string} [rounding_amount]
 * @property {string[]} shop_details
 * @property {string} shop_name
 * @property {string} [status_url]
 * @property {DocumentTax[]} [tax]
 * @property {string} [tax_on_top]
 * @property {DocumentLine[]} [tenders]
 * @property {string} [therapist]
 * @property {string} [tip_amount]
 * @property {string} total_amount
 *
 * @typedef {object} DocumentLine A label and an amount, such as a discount or a tender.
 * @property {string} amount
 * @property {string} label
 *
 * @typedef {object} DocumentRefund A refund of a receipt, on a copy that was printed after it.
 * @property {string} amount
 * @property {number} number
 *
 * @typedef {object} DocumentTax What a receipt says of one tax rate.
 * @property {string} net
 * @property {string} rate
 * @property {string} tax
 *
 * @typedef {object} ReportDocument A titled list of lines: the day's figures, a test page.
 * @property {string} at
 * @property {string[]} [languages]
 * @property {number} [layout]
 * @property {[string, string][]} rows
 * @property {string} shop_name
 * @property {string} title
 *
 * @typedef {{ok: true} & Record<string, any>} Success An answer to one event or another.
 * @typedef {Success | Refusal} Answer
 *
 * @typedef {object} Says What each event takes.
 * @property {Payload} ping_time
 * @property {Command} customer_start
 * @property {ChooseItem} customer_add_item
 * @property {RemoveItem} customer_remove_item
 * @property {ConfirmSelection} customer_confirm_selection
 * @property {OnTransaction} customer_cancel
 * @property {Command} therapist_confirm_next
 * @property {OnTransaction} therapist_call_again
 * @property {OnTransaction} therapist_not_here_yet
 * @property {OnTransaction} therapist_start_service
 * @property {AddItem} therapist_add_service
 * @property {RemoveItem} therapist_remove_item
 * @property {OnTransaction} therapist_finish_service
 * @property {OnTransaction} therapist_release
 * @property {ToTherapist} therapist_hand_over
 * @property {ToRoom} therapist_change_room
 * @property {NoShow} therapist_no_show
 * @property {ReadyRoom} therapist_room_ready
 * @property {Command} duty_in
 * @property {Command} duty_break
 * @property {Command} duty_back
 * @property {Command} duty_out
 * @property {OnTransaction} queue_put_back
 * @property {RemoveFromQueue} queue_remove
 * @property {AddWalkIn} cashier_add_walk_in
 * @property {Command} cashier_claim_next
 * @property {ClaimCode} cashier_claim_code
 * @property {OnTransaction} cashier_release
 * @property {Pay} cashier_pay
 * @property {Adjust} cashier_adjust
 * @property {RemoveAdjustment} cashier_remove_adjustment
 * @property {GiveBack} cashier_refund
 * @property {CorrectTender} cashier_correct_tender
 * @property {OpenShift} shift_open
 * @property {MoveCash} shift_movement
 * @property {CountDrawer} shift_count
 * @property {CloseShift} shift_close
 * @property {OnTransaction} cashier_reprint
 * @property {OpenDrawer} cashier_open_drawer
 * @property {OnPrintJob} print_job_reprint
 * @property {MovePrintJob} print_job_move
 * @property {DropPrintJob} print_job_drop
 * @property {WithReason} manager_release
 * @property {WithReason} manager_finish
 * @property {WithReason} manager_cancel
 * @property {HandOver} manager_hand_over
 * @property {OnRoom} manager_room_ready
 *
 * @typedef {object} Told What each event is answered, unless it is refused.
 * @property {Alive} ping_time
 * @property {Visit} customer_start
 * @property {Selected} customer_add_item
 * @property {Selected} customer_remove_item
 * @property {Confirmed} customer_confirm_selection
 * @property {Visit} customer_cancel
 * @property {Visit} therapist_confirm_next
 * @property {Visit} therapist_call_again
 * @property {Visit} therapist_not_here_yet
 * @property {Visit} therapist_start_service
 * @property {Visit} therapist_add_service
 * @property {Visit} therapist_remove_item
 * @property {Visit} therapist_finish_service
 * @property {Visit} therapist_release
 * @property {Visit} therapist_hand_over
 * @property {Visit} therapist_change_room
 * @property {Visit} therapist_no_show
 * @property {RoomReady} therapist_room_ready
 * @property {DutyNow} duty_in
 * @property {DutyNow} duty_break
 * @property {DutyNow} duty_back
 * @property {DutyNow} duty_out
 * @property {Visit} queue_put_back
 * @property {Visit} queue_remove
 * @property {Confirmed} cashier_add_walk_in
 * @property {Visit} cashier_claim_next
 * @property {Visit} cashier_claim_code
 * @property {Visit} cashier_release
 * @property {Visit} cashier_pay
 * @property {Visit} cashier_adjust
 * @property {Visit} cashier_remove_adjustment
 * @property {Refunded} cashier_refund
 * @property {Visit} cashier_correct_tender
 * @property {OnShift} shift_open
 * @property {Moved} shift_movement
 * @property {OnShift} shift_count
 * @property {OnShift} shift_close
 * @property {OnPaper} cashier_reprint
 * @property {Done} cashier_open_drawer
 * @property {OnPaper} print_job_reprint
 * @property {OnPaper} print_job_move
 * @property {OnPaper} print_job_drop
 * @property {Visit} manager_release
 * @property {Visit} manager_finish
 * @property {Visit} manager_cancel
 * @property {Visit} manager_hand_over
 * @property {RoomReady} manager_room_ready
 *
 * @typedef {object} Pushed What is pushed.
 * @property {Queue} queue_updated
 * @property {Board} board_updated
 * @property {Devices} devices_updated
 * @property {OneTransaction} transaction_updated
 * @property {CatalogNews} catalog_updated
 * @property {Revoked} identity_revoked
 */

export {};
